using Aldis.Journal.Storage;

namespace Aldis.Services.Files.Sources;

/// <summary>What the system says of a path that may be copied: everything on Linux, and elsewhere what the runtime knows.</summary>
internal static class SourceStatus
{
    /// <summary>Asks about what is there; links are followed.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Null where nothing is there, or where it may not be looked at.</returns>
    public static FileStatus? Of(string path) => OperatingSystem.IsLinux() ? FileStatus.Of(path) : Ask(path, follow: true);

    /// <summary>As <see cref="Of"/>, but of a link it tells what the link is itself.</summary>
    /// <param name="path">The path.</param>
    public static FileStatus? OfName(string path) => OperatingSystem.IsLinux() ? FileStatus.OfName(path) : Ask(path, follow: false);

    private static FileStatus? Ask(string path, bool follow)
    {
        try
        {
            FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (info.LinkTarget is not null)
            {
                if (!follow)
                {
                    return FileStatus.OfLink(info.LastWriteTimeUtc);
                }

                info = info.ResolveLinkTarget(returnFinalTarget: true)!;
            }

            return info switch
            {
                { Exists: false } => null,
                DirectoryInfo => FileStatus.OfDirectory(info.LastWriteTimeUtc, ModeOf(info)),
                _ => FileStatus.OfFile(((FileInfo)info).Length, info.LastWriteTimeUtc, ModeOf(info)),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int ModeOf(FileSystemInfo info) => OperatingSystem.IsWindows() ? 0 : (int)info.UnixFileMode;
}

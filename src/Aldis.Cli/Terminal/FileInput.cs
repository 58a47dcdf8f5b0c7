using System.Globalization;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Opens and reads what may block for ever in the system: a FIFO that nobody writes, a pipe that is silent, a file on a server that does
/// not answer. The caller stops waiting when it is told to; the system call itself cannot be called off and ends with the process.
/// </summary>
internal static class FileInput
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "/dev/stdin";

    private static readonly string[] DescriptorFolders = ["/dev/fd/", "/proc/self/fd/"];

    /// <summary>Opens a file to read it once from its beginning.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The file; its reads end when their token is cancelled.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory on the way to it.</exception>
    /// <exception cref="IsDirectoryException">It is a directory.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be opened.</exception>
    public static async Task<FileStream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        EnsureGiven(path);
        return await CallAsync(() => Open(path), cancellationToken);
    }

    /// <summary>Refuses a path that stands for a descriptor which the process was not given.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="IOException">It is one.</exception>
    public static void EnsureGiven(string path)
    {
        if (DescriptorOf(path) is int descriptor && !Descriptors.IsGiven(descriptor))
        {
            throw new IOException("it was closed when aldis was started.");
        }
    }

    /// <summary>Makes a system call that may block, and stops waiting for it when told to.</summary>
    /// <param name="call">The call, made on another thread.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<T> CallAsync<T>(Func<T> call, CancellationToken cancellationToken) =>
        Task.Run(call, CancellationToken.None).WaitAsync(cancellationToken);

    private static FileStream Open(string path) => !Directory.Exists(path)
        ? new FileStream(path, new FileStreamOptions
        {
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.SequentialScan,
        })
        : throw new IsDirectoryException();

    private static int? DescriptorOf(string path) => path == StandardInput
        ? Descriptors.Input
        : DescriptorFolders.FirstOrDefault(folder => path.StartsWith(folder, StringComparison.Ordinal)) is string folder
            && int.TryParse(path.AsSpan(folder.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
            ? descriptor
            : null;
}

/// <summary>What was to be read as a file is a directory.</summary>
internal sealed class IsDirectoryException() : IOException("it is a directory.");

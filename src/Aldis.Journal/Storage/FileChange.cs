using System.Globalization;

namespace Aldis.Journal.Storage;

/// <summary>What somebody else did to a file that is being written, from what the system says of the file and of its name.</summary>
internal static class FileChange
{
    /// <summary>Compares.</summary>
    /// <param name="opened">The file that is written.</param>
    /// <param name="named">What has its name now; null where nothing has.</param>
    /// <param name="length">Bytes that it has at least, if nobody cut it.</param>
    /// <returns>The end of a sentence about the file, without a full stop; null where nothing happened to it.</returns>
    public static string? Describe(in FileStatus opened, FileStatus? named, long length) => named switch
    {
        null => "is not there any more: it was deleted or moved, or a directory above it was",
        { } other when (other.Device, other.Inode) != (opened.Device, opened.Inode) =>
            "is another file now: the one that is written was replaced, or a directory above it was",
        { } same when same.Length < length => string.Create(
            CultureInfo.InvariantCulture, $"was cut to {same.Length} bytes: at least {length} were there"),
        _ => null,
    };
}

using Aldis.Journal.Storage;

namespace Aldis.Cli.Verbs;

/// <summary>
/// The directory where a server keeps what it is given. Whether it can be written is found out at the start: a server that took a
/// file and could not keep it would be found out by its first client.
/// </summary>
internal static class DataDirectory
{
    /// <summary>Makes the directory where there is none, and tries to write in it.</summary>
    /// <param name="path">The directory, as it was named.</param>
    /// <param name="mode">Its mode where it is made: whoever may read the files in it has to get to them.</param>
    /// <exception cref="UsageException">It is something else, cannot be made, or cannot be written.</exception>
    public static void Ensure(string path, UnixFileMode mode)
    {
        if (File.Exists(path))
        {
            throw new UsageException($"{path} is a file: name a directory for --data.");
        }

        string probe = Path.Combine(path, $".write-{Guid.NewGuid():N}");
        try
        {
            FileStorage.Instance.CreateDirectory(path, mode);
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"nothing can be kept in {path}: {exception.Message.TrimEnd('.')}. Name another directory for --data.");
        }
    }
}

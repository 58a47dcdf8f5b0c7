using System.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>Writes a picture or page to where the user wants it.</summary>
internal static class TextFile
{
    /// <summary>Replaces a file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static void Write(string path, Action<TextWriter> write)
    {
        try
        {
            using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
            write(writer);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{path} cannot be written: {exception.Message}");
        }
    }
}

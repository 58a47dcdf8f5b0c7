using System.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>
/// Where a picture or page goes. It is opened before the run, so that a wrong name is said at once and not after everything was printed;
/// what a file held before stays until there is something to replace it with.
/// </summary>
internal sealed class TextFile : IDisposable
{
    private readonly string _path;
    private readonly bool _isNew;
    private readonly FileStream _file;
    private bool _isWritten;

    private TextFile(string path, bool isNew, FileStream file)
    {
        _path = path;
        _isNew = isNew;
        _file = file;
    }

    /// <summary>Opens a file, or nothing where none is named.</summary>
    /// <param name="path">Its name, or null.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static TextFile? Open(string? path)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            bool isNew = !File.Exists(path);
            return new TextFile(path, isNew, new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{path} cannot be written: {exception.Message}");
        }
    }

    /// <summary>Replaces what is there.</summary>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public void Write(Action<TextWriter> write)
    {
        try
        {
            if (_file.CanSeek)
            {
                _file.SetLength(0);
            }

            using var writer = new StreamWriter(_file, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            write(writer);
            _isWritten = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{_path} cannot be written: {exception.Message}");
        }
    }

    /// <summary>Closes it; one that was made for a run that did not come to its end is gone again.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (_isNew && !_isWritten)
        {
            File.Delete(_path);
        }
    }
}

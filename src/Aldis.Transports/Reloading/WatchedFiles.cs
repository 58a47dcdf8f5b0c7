using Aldis.Protocols.Integrity;


namespace Aldis.Transports.Reloading;

/// <summary>
/// What files say, made anew when their content has changed. They are looked at through whatever links lead to them, so that a file that was renamed into
/// place and a link or directory that was replaced count as well (certbot and Kubernetes do so); dates say nothing. What is bad changes
/// nothing, and what was good before goes on counting. All files that may change are noticed so; who has one looks when it is time. Thread-safe.
/// </summary>
/// <typeparam name="T">What is made of them.</typeparam>
internal sealed class WatchedFiles<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly string[] _paths;
    private readonly int _maxBytes;
    private readonly Func<IReadOnlyDictionary<string, byte[]>, T> _make;
    private readonly bool _isPatient;
    private volatile T _current;
    private string _digest;
    private string? _found;
    private string? _told;

    /// <summary>Reads the files.</summary>
    /// <param name="paths">Where they are.</param>
    /// <param name="make">Makes something of their contents, which it is given by their paths, or throws a <see cref="FormatException"/> whose message
    /// says what is wrong.</param>
    /// <param name="maxBytes">The longest file that is taken.</param>
    /// <param name="isPatient">Whether what is bad is told only when it is found so twice: several files are replaced one after the other.</param>
    /// <exception cref="FormatException">One cannot be read, or is bad; the message is a sentence.</exception>
    public WatchedFiles(
        IEnumerable<string> paths, Func<IReadOnlyDictionary<string, byte[]>, T> make, int maxBytes = 1 << 30, bool isPatient = false)
    {
        _paths = [.. paths.Distinct(StringComparer.Ordinal)];
        _make = make;
        _maxBytes = maxBytes;
        _isPatient = isPatient;
        (IReadOnlyDictionary<string, byte[]> contents, _digest) = Read();
        _current = make(contents);
    }

    /// <summary>What counts.</summary>
    public T Current => _current;

    /// <summary>Looks at the files.</summary>
    /// <param name="isAsked">Whether somebody waits for a word, so that there is one even where nothing has changed.</param>
    /// <param name="objection">Says why what was made must not take the place of what counts, a clause; null where it may.</param>
    /// <returns>What came of it.</returns>
    public FilesLook Look(bool isAsked, Func<T, T, string?>? objection = null)
    {
        lock (_lock)
        {
            try
            {
                (IReadOnlyDictionary<string, byte[]> contents, string digest) = Read();
                if (digest != _digest)
                {
                    T next = _make(contents);
                    if (objection?.Invoke(_current, next) is { } why)
                    {
                        throw new FormatException(why);
                    }

                    (_current, _digest) = (next, digest);
                }
                else if (_told is null && !isAsked)
                {
                    _found = null;
                    return FilesLook.Unchanged;
                }

                _found = _told = null;
                return FilesLook.Taken;
            }
            catch (FormatException exception)
            {
                return Refuse(exception.Message.TrimEnd('.'), isAsked);
            }
        }
    }

    private FilesLook Refuse(string why, bool isAsked)
    {
        bool isNews = isAsked || (_told != why && (!_isPatient || _found == why));
        _found = why;
        if (isNews)
        {
            _told = why;
        }

        return isNews ? new FilesLook(IsTaken: false, why) : FilesLook.Unchanged;
    }

    private (IReadOnlyDictionary<string, byte[]> Contents, string Digest) Read()
    {
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        Sha256 hash = Sha256.Begin();
        foreach (string path in _paths)
        {
            byte[] content = Load(path);
            contents.Add(path, content);
            hash.Append(BitConverter.GetBytes(content.LongLength));
            hash.Append(content);
        }

        byte[] digest = new byte[Sha256.HashBytes];
        hash.Finish(digest);
        return (contents, Convert.ToHexString(digest));
    }

    private byte[] Load(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            byte[] content = new byte[(int)Math.Min(file.Length, _maxBytes) + 1];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length < content.Length ? content[..length] : throw new IOException(
                file.Length > _maxBytes ? $"it is longer than {_maxBytes} bytes." : "it was written while it was read.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>What came of looking at files.</summary>
/// <param name="IsTaken">Whether what is in them counts now.</param>
/// <param name="Refusal">Why it does not, a sentence without its full stop; null where they are as they were, or count.</param>
internal readonly record struct FilesLook(bool IsTaken, string? Refusal)
{
    /// <summary>There is nothing to tell.</summary>
    public static FilesLook Unchanged => default;

    /// <summary>What is in the files counts.</summary>
    public static FilesLook Taken => new(IsTaken: true, null);
}

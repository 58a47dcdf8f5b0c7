using System.Security.Cryptography;

namespace Aldis.Services.Reloading;

/// <summary>
/// What a file says, read again when its content changes: looked at once a second, through whatever links lead to it, so that a file that was
/// renamed into place and a link that points elsewhere now count as well (certbot and Kubernetes replace links). What is bad is told, and
/// what was good before goes on counting. Thread-safe.
/// </summary>
/// <typeparam name="T">What is made of it.</typeparam>
internal sealed class ReloadedFile<T> : IDisposable
    where T : class
{
    /// <summary>How often the file is looked at.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly int _maxBytes;
    private readonly Func<byte[], T> _read;
    private readonly Action<string?> _told;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    // What was found last: the hash of a content, or why there was none.
    private string _found = string.Empty;
    private volatile T _current;

    /// <summary>Reads the file, and goes on looking at it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="maxBytes">The longest that is taken.</param>
    /// <param name="read">Makes something of the content, or throws a <see cref="FormatException"/> whose message says what is wrong.</param>
    /// <param name="told">Is told of each change: null where it counts now, otherwise a sentence on why it does not.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="FormatException">It cannot be read, or is bad; the message names the file.</exception>
    public ReloadedFile(string path, int maxBytes, Func<byte[], T> read, Action<string?> told, TimeProvider time)
    {
        _path = path;
        _maxBytes = maxBytes;
        _read = read;
        _told = told;
        _current = Find(isAsked: true)!;
        _timer = time.CreateTimer(static file => ((ReloadedFile<T>)file!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What counts.</summary>
    public T Current => _current;

    /// <summary>Looks at the file now, and tells what comes of it even where it is what it was.</summary>
    public void Reload() => Look(isAsked: true);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // A disk that is slow delays the next look.
    private void Ring()
    {
        Look(isAsked: false);
        _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    private void Look(bool isAsked)
    {
        string? wrong = null;
        lock (_lock)
        {
            try
            {
                if (Find(isAsked) is not { } next)
                {
                    return;
                }

                _current = next;
            }
            catch (FormatException exception)
            {
                wrong = exception.Message;
            }
        }

        _told(wrong);
    }

    /// <summary>Reads the file.</summary>
    /// <returns>Null where it is as it was found before, and nobody asked.</returns>
    private T? Find(bool isAsked)
    {
        byte[] content;
        try
        {
            content = Load();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string why = $"{_path} cannot be read: {exception.Message}";
            return IsFound(why, isAsked) ? null : throw new FormatException(why, exception);
        }

        if (IsFound(Convert.ToHexString(SHA256.HashData(content)), isAsked))
        {
            return null;
        }

        try
        {
            return _read(content);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"{_path}: {exception.Message}", exception);
        }
    }

    private bool IsFound(string what, bool isAsked)
    {
        bool isSame = what == _found;
        _found = what;
        return isSame && !isAsked;
    }

    private byte[] Load()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        byte[] content = new byte[(int)Math.Min(file.Length, _maxBytes) + 1];
        int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return length < content.Length ? content[..length] : throw new IOException(
            file.Length > _maxBytes ? $"it is longer than {_maxBytes} bytes." : "it was written while it was read.");
    }
}

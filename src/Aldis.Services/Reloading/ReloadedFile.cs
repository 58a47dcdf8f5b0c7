using Aldis.Transports.Reloading;

namespace Aldis.Services.Reloading;

/// <summary>A file that is looked at once a second (<see cref="WatchedFiles{T}"/>). Thread-safe.</summary>
/// <typeparam name="T">What is made of it.</typeparam>
internal sealed class ReloadedFile<T> : IDisposable
    where T : class
{
    /// <summary>How often the file is looked at.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly WatchedFiles<T> _file;
    private readonly Action<string?> _told;
    private readonly ITimer _timer;

    /// <summary>Reads the file, and goes on looking at it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="maxBytes">The longest that is taken.</param>
    /// <param name="read">Makes something of the content, or throws a <see cref="FormatException"/> whose message says what is wrong.</param>
    /// <param name="told">Is told of each change: null where it counts now, otherwise a sentence on why it does not.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="FormatException">It cannot be read, or is bad; the message names the file.</exception>
    public ReloadedFile(string path, int maxBytes, Func<byte[], T> read, Action<string?> told, TimeProvider time)
    {
        _told = told;
        _file = new WatchedFiles<T>([path], contents => Make(path, contents[path], read), maxBytes);
        _timer = time.CreateTimer(static file => ((ReloadedFile<T>)file!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What counts.</summary>
    public T Current => _file.Current;

    /// <summary>Looks at the file now, and tells what comes of it even where it is what it was.</summary>
    public void Reload() => Look(isAsked: true);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static T Make(string path, byte[] content, Func<byte[], T> read)
    {
        try
        {
            return read(content);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"{path}: {exception.Message}", exception);
        }
    }

    // A disk that is slow delays the next look.
    private void Ring()
    {
        Look(isAsked: false);
        _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    private void Look(bool isAsked)
    {
        FilesLook look = _file.Look(isAsked);
        if (look.IsTaken || look.Refusal is not null)
        {
            _told(look.Refusal);
        }
    }
}

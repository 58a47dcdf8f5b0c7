namespace Aldis.Cli.Terminal;

/// <summary>
/// What SIGHUP means to a verb that has something to read again: a daemon's operator sends it for that, and nobody ends it so. A verb that
/// has nothing lets it be the end of the session it is. Thread-safe.
/// </summary>
internal sealed class Hangup
{
    private readonly Lock _lock = new();
    private readonly List<Action> _reloads = [];

    /// <summary>Reads something again at each SIGHUP from now on.</summary>
    /// <param name="reload">Does it; soon, and without throwing.</param>
    /// <returns>Ends that when it is disposed of.</returns>
    public IDisposable Reload(Action reload)
    {
        lock (_lock)
        {
            _reloads.Add(reload);
        }

        return new Taken(this, reload);
    }

    /// <summary>Takes a SIGHUP.</summary>
    /// <returns>False where nobody reads anything again: it asks for the end.</returns>
    public bool TryHandle()
    {
        Action[] reloads;
        lock (_lock)
        {
            reloads = [.. _reloads];
        }

        foreach (Action reload in reloads)
        {
            reload();
        }

        return reloads.Length > 0;
    }

    private sealed class Taken(Hangup hangup, Action reload) : IDisposable
    {
        public void Dispose()
        {
            lock (hangup._lock)
            {
                hangup._reloads.Remove(reload);
            }
        }
    }
}

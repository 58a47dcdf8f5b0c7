namespace Aldis.Services.Hosting;

/// <summary>Counts of a server since it started. Thread-safe.</summary>
public sealed class ServerStatistics
{
    private long _opened;
    private long _closed;
    private long _refused;

    /// <summary>Connections admitted.</summary>
    public long ConnectionsOpened => Interlocked.Read(ref _opened);

    /// <summary>Connections that ended.</summary>
    public long ConnectionsClosed => Interlocked.Read(ref _closed);

    /// <summary>Connections turned away by a limit.</summary>
    public long ConnectionsRefused => Interlocked.Read(ref _refused);

    internal long Opened() => Interlocked.Increment(ref _opened);

    internal void Closed() => Interlocked.Increment(ref _closed);

    internal void Refused() => Interlocked.Increment(ref _refused);
}

namespace Aldis.Services.Hosting;

/// <summary>Counts of a server since it started. Thread-safe.</summary>
public sealed class ServerStatistics
{
    private long _opened;
    private long _closed;
    private long _refused;
    private long _takenOver;
    private long _shed;

    /// <summary>Connections admitted.</summary>
    public long ConnectionsOpened => Interlocked.Read(ref _opened);

    /// <summary>Connections that ended.</summary>
    public long ConnectionsClosed => Interlocked.Read(ref _closed);

    /// <summary>Connections turned away: by a limit, for want of descriptors, or because their TLS handshake failed.</summary>
    public long ConnectionsRefused => Interlocked.Read(ref _refused);

    /// <summary>Connections that were admitted and ended because their client came over another one.</summary>
    public long ConnectionsTakenOver => Interlocked.Read(ref _takenOver);

    /// <summary>Connections that were admitted and ended for want of memory.</summary>
    public long ConnectionsShed => Interlocked.Read(ref _shed);

    internal long Opened() => Interlocked.Increment(ref _opened);

    internal void Closed() => Interlocked.Increment(ref _closed);

    internal void Refused() => Interlocked.Increment(ref _refused);

    internal void Shed() => Interlocked.Increment(ref _shed);

    internal void TakenOver() => Interlocked.Increment(ref _takenOver);
}

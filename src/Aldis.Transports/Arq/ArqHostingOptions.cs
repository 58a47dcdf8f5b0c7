using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;

namespace Aldis.Transports.Arq;

/// <summary>How <see cref="ArqHosting.UseAldisArq"/> listens.</summary>
public sealed record ArqHostingOptions
{
    /// <summary>At least 16 bytes nobody else knows. A server restarted with the same secret can tell its old peers that it forgot
    /// them; without one (the default, empty) they find out by time-out.</summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Connections of one listener at most, 1 to 2^20; clients beyond are not answered.</summary>
    public int MaxConnections { get; init; } = 15_000;

    /// <summary>Connections of one listener at most from one address; an IPv6 network (/64) is one.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 1_000;

    /// <summary>The same two where they may change while the listeners work; null, the default, where they do not.</summary>
    internal ConnectionBounds? Bounds { get; init; }

    /// <summary>
    /// Whether the code of a connection runs on the thread that received for it. Then a reply leaves without a change of threads,
    /// but code that blocks stops every connection of the listener. Off, it runs on the thread pool.
    /// </summary>
    public bool PreferInlineScheduling { get; init; } = true;

    /// <summary>Who is told every event of every connection, on the thread where it happens and under the listener's lock: it must
    /// be quick and must not call back. Nobody by default.</summary>
    internal ITraceSink? Trace { get; init; }

    /// <summary>Whether to do without what only Linux has; for tests of the way other systems take.</summary>
    internal bool IsPortable { get; init; }
}

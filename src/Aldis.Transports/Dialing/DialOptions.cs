using Aldis.Protocols.Tracing;

namespace Aldis.Transports.Dialing;

/// <summary>How to open a connection.</summary>
public sealed record DialOptions
{
    /// <summary>The defaults: 10 s to connect.</summary>
    public static DialOptions Default { get; } = new();

    /// <summary>How long name look-up, connecting and the TLS handshake may take together. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Who is told every frame of an <c>arq</c> connection, on the thread where it happens: it must be quick and must not call back.
    /// Other transports have no frames to tell of. Nobody by default.
    /// </summary>
    public ITraceSink? Trace { get; init; }
}

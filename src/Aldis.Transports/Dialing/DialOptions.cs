using System.Net;
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
    internal ITraceSink? Trace { get; init; }

    /// <summary>
    /// How a host name becomes addresses, best first; no address means that the name is not known. The system's resolver by default,
    /// which asks for both families and sorts what it finds (RFC 6724).
    /// </summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>
    /// Whether a connection that ends before <see cref="ClientConnection.FinishWritingAsync"/> is reset, for a conversation in which the
    /// end of the stream says that everything was sent. Over TCP and TLS the system does it even for a process that is killed; over other
    /// transports <see cref="ClientConnection.DisposeAsync"/> does it. Default false.
    /// </summary>
    public bool ResetsUntilFinished { get; init; }
}

using System.Net;
using Aldis.Protocols.Tracing;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Dialing;

namespace Aldis.Services;

/// <summary>How long a client waits. Every wait is bounded; a bound that is passed is <see cref="CommunicationFailure.Timeout"/>.</summary>
public record ClientOptions
{
    /// <summary>How long name look-up, connecting and the TLS handshake may take together. Default 10 s; more than zero.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the peer may stay silent while its answer is awaited, counted from when the last byte of what it is to answer left this
    /// machine, and how long it may refuse to take what is sent. As long as bytes leave, nobody is late. What renews it otherwise is
    /// the conversation's: for <c>messages</c> an acknowledgement that settles something, elsewhere any byte of the answer. Default
    /// 10 s; more than zero.
    /// </summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The token to show to a server that wants one: at most 58 printable ASCII characters without a space. Default none. It goes over TLS,
    /// over a Unix socket, or to this machine; anywhere else nothing is sent, unless <see cref="AllowsTokenInClear"/>. The plain forms show
    /// none.
    /// </summary>
    public string Token { get; init; } = string.Empty;

    /// <summary>Whether the token may go to another machine without TLS, where whoever listens learns it. Default false.</summary>
    public bool AllowsTokenInClear { get; init; }

    /// <summary>
    /// The id that goes with the token in the conversations <c>ack</c>, <c>echo</c> and <c>exchange</c>: 1 to 32 characters of
    /// A–Z a–z 0–9 . _ -. Default <c>client</c>. What a client of <c>messages</c> or <c>files</c> is called is said elsewhere.
    /// </summary>
    public string ClientId { get; init; } = "client";

    /// <summary>How fast the client may write, over all its connections together. As fast as it can by default.</summary>
    internal BandwidthLimit? Bandwidth { get; init; }

    /// <summary>Who is told every frame, where the address is an <c>arq</c> one (<see cref="DialOptions.Trace"/>). Nobody by default.</summary>
    internal ITraceSink? Trace { get; init; }

    /// <summary>How a host name becomes addresses, which are raced (<see cref="DialOptions.Resolve"/>). By default the system's.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = DialOptions.Default.Resolve;

    /// <summary>The same for the dialer.</summary>
    internal virtual DialOptions Dialing => new() { ConnectTimeout = ConnectTimeout, Trace = Trace, Resolve = Resolve };
}

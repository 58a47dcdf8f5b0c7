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

    /// <summary>How fast the client may write, over all its connections together. As fast as it can by default.</summary>
    internal BandwidthLimit? Bandwidth { get; init; }

    /// <summary>Who is told every frame, where the address is an <c>arq</c> one (<see cref="DialOptions.Trace"/>). Nobody by default.</summary>
    internal ITraceSink? Trace { get; init; }

    /// <summary>How a host name becomes addresses, which are raced (<see cref="DialOptions.Resolve"/>). By default the system's.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = DialOptions.Default.Resolve;

    /// <summary>The same for the dialer.</summary>
    internal virtual DialOptions Dialing => new() { ConnectTimeout = ConnectTimeout, Trace = Trace, Resolve = Resolve };
}

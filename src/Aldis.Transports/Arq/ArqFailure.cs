using System.Globalization;
using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Dialing;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Arq;

/// <summary>Says in one sentence why a connection ended.</summary>
internal static class ArqFailure
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Makes the exception that carries the sentence.</summary>
    /// <param name="code">What the engine or the peer says.</param>
    /// <param name="connection">Whose end it is.</param>
    /// <returns>A <see cref="ConnectionResetException"/> where the peer ended it, a <see cref="CommunicationException"/> where it was
    /// not heard or never there.</returns>
    public static IOException Describe(ArqCloseCode code, ArqTransportConnection connection)
    {
        EndPoint? peer = connection.RemoteEndPoint;
        ConnectionOptions options = connection.Engine.Options;
        return code switch
        {
            ArqCloseCode.ConnectTimeout => new CommunicationException(
                CommunicationFailure.Timeout, $"no answer from {peer} within {Seconds(options.ConnectTimeoutNs)} s."),
            ArqCloseCode.Unreachable => new CommunicationException(
                CommunicationFailure.Network, $"nobody listens on UDP {peer}: check the address, or start the server."),
            ArqCloseCode.Refused => new CommunicationException(
                CommunicationFailure.Refused, $"{peer} refuses the connection as it was asked for."),
            ArqCloseCode.Timeout => new CommunicationException(
                CommunicationFailure.Timeout,
                connection.Engine.CloseCause switch
                {
                    TraceCause.Reset => $"{peer} gave the connection up: what was sent to it did not arrive.",
                    TraceCause.UserTimeout => $"{peer} took nothing of what was sent for {Seconds(options.UserTimeoutNs)} s.",
                    _ => $"{peer} was not heard for {Seconds(options.IdleTimeoutNs)} s.",
                }),
            ArqCloseCode.Unknown => new ConnectionResetException($"{peer} does not know this connection any more: it was restarted."),
            ArqCloseCode.Protocol or ArqCloseCode.FlowControl => new ConnectionResetException(
                $"the connection with {peer} was reset: a packet broke the rules of the protocol."),
            ArqCloseCode.Overloaded => new ConnectionResetException(
                $"the connection with {peer} was given up: memory is short, and it held some without getting on."),
            _ => new ConnectionResetException($"{peer} reset the connection."),
        };
    }

    /// <summary>The same as a clause about the peer.</summary>
    /// <param name="code">What the engine or the peer says.</param>
    /// <param name="engine">Whose end it is.</param>
    /// <returns>Null where the application ended it.</returns>
    public static string? Reason(ArqCloseCode code, ArqConnection engine) => (code, IsByPeer: engine.CloseCause == TraceCause.Reset) switch
    {
        (ArqCloseCode.Timeout, true) => "it gave up: nothing of what was sent to it arrived",
        (ArqCloseCode.Timeout, false) when engine.CloseCause == TraceCause.UserTimeout =>
            $"it took nothing of what was sent for {Seconds(engine.Options.UserTimeoutNs)} s",
        (ArqCloseCode.Timeout, false) => $"silent for {Seconds(engine.Options.IdleTimeoutNs)} s",
        (ArqCloseCode.Unreachable, _) => "nobody listens there any more",
        (ArqCloseCode.Unknown, _) => "it does not know the connection any more: it was restarted",
        (ArqCloseCode.Protocol or ArqCloseCode.FlowControl, true) => "it gave up: it says that a packet broke the rules of the protocol",
        (ArqCloseCode.Protocol or ArqCloseCode.FlowControl, false) => "it broke the rules of the protocol",
        (ArqCloseCode.Overloaded, true) => "it gave up: its memory is short",
        (ArqCloseCode.Overloaded, false) => "memory is short, and it held some without getting on",
        (_, true) => "reset by the client",
        _ => null,
    };

    private static string Seconds(long nanoseconds) =>
        (nanoseconds / NanosecondsPerSecond).ToString("0.#", CultureInfo.InvariantCulture);
}

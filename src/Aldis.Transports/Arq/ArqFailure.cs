using System.Globalization;
using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Arq;

/// <summary>Says in one sentence why a connection ended.</summary>
internal static class ArqFailure
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Makes the exception that carries the sentence.</summary>
    /// <param name="code">What the engine or the peer says.</param>
    /// <param name="connection">Whose end it is.</param>
    /// <param name="wasOpen">Whether the peer ever took part in it.</param>
    /// <returns>As of <see cref="Describe(ArqCloseCode, TraceCause, EndPoint, ConnectionOptions, bool)"/>.</returns>
    public static IOException Describe(ArqCloseCode code, ArqTransportConnection connection, bool wasOpen) =>
        Describe(code, connection.Engine.CloseCause, connection.RemoteEndPoint, connection.Engine.Options, wasOpen);

    /// <summary>Makes the exception that carries the sentence.</summary>
    /// <param name="code">What the engine or the peer says.</param>
    /// <param name="cause">What ended it, above all whether the peer did.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="options">How the connection worked.</param>
    /// <param name="wasOpen">Whether the peer ever took part in it.</param>
    /// <returns>A <see cref="ConnectionResetException"/> where an open connection was ended by the peer or because of it, a
    /// <see cref="CommunicationException"/> where one side was not heard, or the peer was never there or refused.</returns>
    public static IOException Describe(ArqCloseCode code, TraceCause cause, EndPoint? peer, ConnectionOptions options, bool wasOpen)
    {
        bool isSaidByPeer = cause == TraceCause.Reset;
        return (code, wasOpen) switch
        {
            (ArqCloseCode.ConnectTimeout, _) => new CommunicationException(
                CommunicationFailure.Timeout, $"no answer from {peer} within {Seconds(options.ConnectTimeoutNs)} s."),
            (ArqCloseCode.Unreachable, _) => new CommunicationException(
                CommunicationFailure.Network, $"nobody listens on UDP {peer}: check the address, or start the server."),
            (ArqCloseCode.Refused, _) => new CommunicationException(
                CommunicationFailure.Refused,
                $"{peer} refuses the connection as it was asked for: leave frame and datagram out of the address, or take the server's."),
            (ArqCloseCode.Version, _) => new CommunicationException(
                CommunicationFailure.Refused, $"{peer} speaks another version of the protocol: bring both sides to the same one."),
            (ArqCloseCode.Protocol, false) when isSaidByPeer => new CommunicationException(
                CommunicationFailure.Refused,
                $"{peer} does not understand the request for a connection: bring both sides to the same version."),
            (ArqCloseCode.Expired, _) => new CommunicationException(
                CommunicationFailure.Network, $"{peer} was asked too late or from another address than before: connect again."),
            (ArqCloseCode.Timeout, _) => new CommunicationException(
                CommunicationFailure.Timeout,
                cause switch
                {
                    TraceCause.Reset => $"{peer} gave the connection up: it had heard nothing, or no acknowledgement, for too long.",
                    TraceCause.UserTimeout => $"{peer} took nothing of what was sent for {Seconds(options.UserTimeoutNs)} s.",
                    _ => $"{peer} was not heard for {Seconds(options.IdleTimeoutNs)} s.",
                }),
            (ArqCloseCode.Unknown, _) => new ConnectionResetException(
                $"{peer} does not know this connection any more: it was restarted, or had heard nothing for too long."),
            (ArqCloseCode.Moved, _) => new ConnectionResetException(
                $"this side has another address for {peer} than when it connected: connect again."),
            (ArqCloseCode.Protocol or ArqCloseCode.FlowControl, _) => new ConnectionResetException(isSaidByPeer
                ? $"{peer} reset the connection, because a packet from here broke the rules of the protocol."
                : $"{peer} broke the rules of the protocol, and the connection was reset."),
            (ArqCloseCode.Overloaded, _) => new ConnectionResetException(isSaidByPeer
                ? $"{peer} gave the connection up: its memory is short, and the connection held some without getting on."
                : $"the connection with {peer} was given up: memory is short, and it held some without getting on."),
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

using System.Globalization;
using System.Net;
using Aldis.Protocols.Arq;
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
                $"{peer} was not heard for {Seconds(Math.Min(options.IdleTimeoutNs, options.UserTimeoutNs))} s."),
            ArqCloseCode.Unknown => new ConnectionResetException($"{peer} does not know this connection any more: it was restarted."),
            ArqCloseCode.Protocol or ArqCloseCode.FlowControl => new ConnectionResetException(
                $"the connection with {peer} was reset: a packet broke the rules of the protocol."),
            ArqCloseCode.Overloaded => new ConnectionResetException(
                $"the connection with {peer} was given up: memory is short, and it held some without getting on."),
            _ => new ConnectionResetException($"{peer} reset the connection."),
        };
    }

    private static string Seconds(long nanoseconds) =>
        (nanoseconds / NanosecondsPerSecond).ToString("0.#", CultureInfo.InvariantCulture);
}

using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Dialing;

/// <summary>Says in one sentence why a place could not be reached, and what to do.</summary>
internal static class DialFailure
{
    /// <summary>The sentence for what the system reported.</summary>
    /// <param name="address">The place.</param>
    /// <param name="exception">What the system reported.</param>
    /// <returns>A sentence for a person.</returns>
    public static string Describe(EndpointAddress address, SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused =>
            $"{address} refused the connection: nothing listens there; is the server running, and on that port?",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
            $"{address.Host} is not a known host name: check the spelling, or give an IP address.",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown =>
            $"{address} cannot be reached: {exception.Message}.",
        SocketError.TimedOut => $"{address} did not answer: {exception.Message}.",
        SocketError.AddressNotAvailable when address.IsUnix => $"{address} does not exist: is the server running?",
        SocketError.ProtocolType when address.IsUnix =>
            $"{address} is a socket of another type: unix: connects to streams, unix+seqpacket: to packets, unix+dgram: to datagrams.",
        _ when ScopedAddress.Hint(address.Host) is string hint =>
            $"{address} cannot be reached: {hint}.",
        _ => $"connecting to {address} failed: {exception.Message}.",
    };

    /// <summary>The failure of a name with several addresses, each of which is named.</summary>
    /// <param name="address">The place.</param>
    /// <param name="attempts">What became of each.</param>
    /// <param name="timeout">How long there was time.</param>
    /// <param name="last">What ended the race.</param>
    /// <returns>A refusal where a server refused, a time-out where an address was silent, else a failure of the network.</returns>
    public static CommunicationException Describe(
        EndpointAddress address, IReadOnlyList<Attempt> attempts, TimeSpan timeout, Exception last)
    {
        if (attempts.All(static attempt => attempt.Failure is SocketException { SocketErrorCode: SocketError.ConnectionRefused }))
        {
            string tried = string.Join(", ", attempts.Select(static one => one.Server.Address));
            return new CommunicationException(
                CommunicationFailure.Network,
                $"{address} refused the connection at each of its addresses ({tried}): "
                + "nothing listens there; is the server running, and on that port?",
                last);
        }

        CommunicationFailure failure =
            attempts.Any(static one => one.Failure is CommunicationException { Failure: CommunicationFailure.Refused })
                ? CommunicationFailure.Refused
            : attempts.Any(static one => one.State == AttemptState.Silent || IsTimeout(one.Failure)) ? CommunicationFailure.Timeout
            : CommunicationFailure.Network;
        return new CommunicationException(
            failure,
            $"{address} cannot be reached at any of its addresses: {string.Join("; ", attempts.Select(one => Describe(one, timeout)))}.",
            last);
    }

    private static bool IsTimeout(Exception? failure) =>
        failure is CommunicationException { Failure: CommunicationFailure.Timeout }
            or SocketException { SocketErrorCode: SocketError.TimedOut };

    private static string Describe(in Attempt attempt, TimeSpan timeout) => attempt switch
    {
        { State: AttemptState.NotBegun } => $"{attempt.Server.Address} was not tried in time",
        { State: AttemptState.Silent } => $"{attempt.Server.Address} did not answer within {timeout.TotalSeconds:0.###} s",
        { Failure: CommunicationException failure } => failure.Message.TrimEnd('.'),
        { Failure: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
            $"{attempt.Server.Address} refused the connection, nothing listens there",
        _ => $"{attempt.Server.Address} failed: {ScopedAddress.Hint(attempt.Server.Address) ?? attempt.Failure!.Message.TrimEnd('.')}",
    };
}

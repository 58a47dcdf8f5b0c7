using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports;

/// <summary>Says in one sentence why a place could not be bound, and what to do.</summary>
internal static class ListenFailure
{
    /// <summary>Makes the exception that carries the sentence.</summary>
    /// <param name="endPoint">The place.</param>
    /// <param name="exception">What the system reported.</param>
    /// <returns>An exception of the kind <see cref="CommunicationFailure.Network"/>.</returns>
    public static CommunicationException Describe(EndPoint endPoint, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        SocketError? code = (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode;
        string why = exception is AddressInUseException || code == SocketError.AddressAlreadyInUse
            ? "another program has it; stop that program or choose another port"
            : ScopedAddress.Hint((ListenAddresses.NetworkEndPoint(endPoint) as IPEndPoint)?.Address) ?? code switch
            {
                SocketError.AccessDenied => "this user may not; choose a port from 1024 on, or a path that is writable",
                SocketError.AddressNotAvailable => "no interface of this machine has that address",
                _ => exception.Message.TrimEnd('.'),
            };
        return new CommunicationException(CommunicationFailure.Network, $"cannot listen on {endPoint}: {why}.", exception);
    }
}

using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Listening;

/// <summary>Wraps a listener factory so that a failed bind says what could not be bound and why.</summary>
/// <param name="inner">The factory that binds.</param>
internal sealed class DescribingListenerFactory(IConnectionListenerFactory inner) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <inheritdoc/>
    /// <exception cref="CommunicationException">The end point cannot be bound; the message names it and the remedy.</exception>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!PassedSockets.OfProcess.Has(endpoint, SocketType.Stream))
            {
                StaleUnixSocket.RemoveIfNobodyListens(endpoint);
            }

            return await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or AddressInUseException)
        {
            throw ListenFailure.Describe(endpoint, exception);
        }
    }

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => inner is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);
}

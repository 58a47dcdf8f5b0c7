using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Listening;

/// <summary>Wraps a listener factory so that a listener which dies is opened again, and somebody is told.</summary>
/// <param name="inner">The factory that binds.</param>
/// <param name="time">The clock of the pauses.</param>
/// <param name="watch">Is told.</param>
internal sealed class ReopeningListenerFactory(DescribingListenerFactory inner, TimeProvider time, IListenerWatch watch)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new ReopeningListener(endpoint, await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), inner.BindAsync, time, watch);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => inner.CanBind(endpoint);
}

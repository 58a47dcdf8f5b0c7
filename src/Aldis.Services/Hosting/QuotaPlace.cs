using Aldis.Protocols.Fairness;
using Aldis.Transports.Sockets;

namespace Aldis.Services.Hosting;

/// <summary>A place in a <see cref="ConnectionQuota"/>.</summary>
/// <param name="quota">Where it counts.</param>
/// <param name="peer">Whose it is.</param>
internal sealed class QuotaPlace(ConnectionQuota quota, NetworkKey peer) : IConnectionPlace
{
    private bool _isGivenBack;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isGivenBack, true))
        {
            quota.Leave(peer);
        }
    }
}

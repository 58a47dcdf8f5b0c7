using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Aldis.Dashboard.Access;

/// <summary>
/// Slows down whoever tries tokens: ten wrong ones at once, then one every six seconds, for each address and for an IPv6 network (/64).
/// </summary>
internal sealed class TokenAttempts : IDisposable
{
    private const int AtOnce = 10;
    private const int NetworkBytes = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(6);

    private readonly PartitionedRateLimiter<IPAddress?> _limiter = PartitionedRateLimiter.Create<IPAddress?, IPAddress>(
        static address => RateLimitPartition.GetTokenBucketLimiter(NetworkOf(address), static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = AtOnce,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = Pause,
            AutoReplenishment = true,
        }));

    /// <summary>Counts an attempt with a wrong token.</summary>
    /// <param name="address">Who tried; null over a Unix socket.</param>
    public void Count(IPAddress? address) => _limiter.AttemptAcquire(address).Dispose();

    /// <summary>Whether a token of this address is looked at now.</summary>
    /// <param name="address">Who tries.</param>
    public bool MayTry(IPAddress? address) => (_limiter.GetStatistics(address)?.CurrentAvailablePermits ?? AtOnce) > 0;

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private static IPAddress NetworkOf(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.None;
        }

        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return plain;
        }

        byte[] network = plain.GetAddressBytes();
        network.AsSpan(NetworkBytes).Clear();
        return new IPAddress(network);
    }
}

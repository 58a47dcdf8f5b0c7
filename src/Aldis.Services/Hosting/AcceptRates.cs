using Aldis.Protocols.Fairness;
using Aldis.Services.Events;
using Aldis.Transports.Randomness;

namespace Aldis.Services.Hosting;

/// <summary>
/// Bounds how many connections a second are admitted, in all and of everybody who counts as one (<see cref="NetworkKey"/>), in a memory that
/// no number of addresses makes larger (<see cref="NetworkRates"/>). An address beyond its rate takes nothing of what all have. Thread-safe.
/// </summary>
internal sealed class AcceptRates
{
    /// <summary>What the rate lets pass in so long may come at once: clients who come back together after an outage are no attack.</summary>
    public static readonly TimeSpan Burst = TimeSpan.FromSeconds(4);

    private readonly TimeProvider _time;
    private readonly UInt128 _secret;
    private readonly Lock _lock = new();
    private ConnectionLimits _limits;
    private NetworkRates _perAddress;
    private TokenBucket _all;

    /// <summary>Begins with nobody known.</summary>
    /// <param name="limits">The limits at first.</param>
    /// <param name="time">The clock.</param>
    /// <param name="secret">A random number that nobody else knows; a new one if left out.</param>
    public AcceptRates(ConnectionLimits limits, TimeProvider time, UInt128? secret = null)
    {
        _time = time;
        _secret = secret ?? BitConverter.ToUInt128(SystemRandom.GetBytes(16));
        _limits = limits;
        (_perAddress, _all) = Begin(limits);
    }

    /// <summary>Lets other limits count; where they are others, everybody begins anew.</summary>
    /// <param name="limits">The limits.</param>
    public void Change(ConnectionLimits limits)
    {
        lock (_lock)
        {
            if ((limits.AcceptRate, limits.AcceptRatePerAddress) != (_limits.AcceptRate, _limits.AcceptRatePerAddress))
            {
                (_perAddress, _all) = Begin(limits);
            }

            _limits = limits;
        }
    }

    /// <summary>Counts a connection, or says which limit it meets.</summary>
    /// <param name="peer">Whose it is.</param>
    /// <returns>Null where it was counted; otherwise the reason.</returns>
    public ConnectionEnd? TryTake(NetworkKey peer)
    {
        lock (_lock)
        {
            long nowNs = (long)_time.GetElapsedTime(0).TotalNanoseconds;
            return !_perAddress.TryTake(peer, nowNs)
                ? new(
                    ServiceEventCause.AcceptRate,
                    $"connections come {(peer.IsLocalUser ? "from this user" : "from this address")} faster than {_limits.AcceptRatePerAddress} a "
                        + "second, the most one may open")
                : !_all.TryTake(nowNs)
                    ? new(ServiceEventCause.AcceptRate, $"connections come faster than {_limits.AcceptRate} a second, the most this server takes")
                    : null;
        }
    }

    private (NetworkRates PerAddress, TokenBucket All) Begin(ConnectionLimits limits) => (
        new NetworkRates(limits.AcceptRatePerAddress, Burst.TotalSeconds * limits.AcceptRatePerAddress, _secret),
        new TokenBucket(limits.AcceptRate, Burst.TotalSeconds * limits.AcceptRate));
}

using Aldis.Protocols.Fairness;
using Aldis.Transports.Randomness;

namespace Aldis.Services.Access;

/// <summary>
/// Slows down whoever tries tokens: ten wrong ones at once, then one every six seconds, for each address and for an IPv6 network (/64), in a
/// memory that no number of addresses makes larger (<see cref="NetworkRates"/>). Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="secret">A random number that nobody else knows; a new one if left out.</param>
internal sealed class TokenAttempts(TimeProvider time, UInt128? secret = null)
{
    private const int AtOnce = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(6);

    private readonly Lock _lock = new();
    private readonly NetworkRates _wrong = new(1 / Pause.TotalSeconds, AtOnce, secret ?? BitConverter.ToUInt128(SystemRandom.GetBytes(16)));

    private long NowNs => (long)time.GetElapsedTime(0).TotalNanoseconds;

    /// <summary>Counts an attempt with a wrong token.</summary>
    /// <param name="network">Who tried.</param>
    public void Count(NetworkKey network)
    {
        lock (_lock)
        {
            _ = _wrong.TryTake(network, NowNs);
        }
    }

    /// <summary>Whether a token of this network is looked at now.</summary>
    /// <param name="network">Who tries.</param>
    public bool MayTry(NetworkKey network)
    {
        lock (_lock)
        {
            return _wrong.IsFree(network, NowNs);
        }
    }
}

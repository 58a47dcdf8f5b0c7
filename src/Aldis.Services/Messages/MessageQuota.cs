using System.Globalization;
using Aldis.Protocols.Fairness;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Services.Messages;

/// <summary>
/// What one client of <c>messages</c> may have taken: so many messages a second, so many bytes a day. Takes the time as a parameter.
/// Thread-safe: the connections of an address share one in the plain form.
/// </summary>
internal sealed class MessageQuota
{
    /// <summary>The messages of so long may come at once.</summary>
    public static readonly TimeSpan Burst = TimeSpan.FromSeconds(10);

    private const double SecondsPerDay = 86_400;

    private readonly Lock _lock = new();
    private ConnectionLimits _limits;
    private TokenBucket _messages;
    private TokenBucket _bytes;

    /// <summary>Makes one that is not used.</summary>
    /// <param name="limits">The limits at first.</param>
    public MessageQuota(ConnectionLimits limits)
    {
        _limits = limits;
        Begin(limits);
    }

    /// <summary>Whose it is in <see cref="MessageQuotas"/>.</summary>
    public (NetworkKey Network, string? Client) Key { get; init; }

    /// <summary>Connections that have it. Under the lock of <see cref="MessageQuotas"/>.</summary>
    public int References { get; set; }

    /// <summary>Lets other limits count; where they are others, the client begins anew.</summary>
    /// <param name="limits">The limits.</param>
    public void Change(ConnectionLimits limits)
    {
        lock (_lock)
        {
            if ((limits.MessageRate, limits.MessageBytesPerDay) != (_limits.MessageRate, _limits.MessageBytesPerDay))
            {
                Begin(limits);
            }

            _limits = limits;
        }
    }

    /// <summary>Counts a message that has come, or says which limit it meets.</summary>
    /// <param name="storedBytes">Bytes of those before it that were stored and not counted yet.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    /// <returns>Null where it may be stored; otherwise the reason.</returns>
    public ConnectionEnd? TryTake(long storedBytes, TimeSpan now)
    {
        lock (_lock)
        {
            long nowNs = NsOf(now);
            _bytes.Take(nowNs, storedBytes);
            return !_messages.TryTake(nowNs)
                ? new(
                    ServiceEventCause.MessageRate,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"busy: messages come faster than {_limits.MessageRate} a second, the most one client may send"))
                : _bytes.NsUntilFree(nowNs) > 0
                    ? new(
                        ServiceEventCause.MessageQuota,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"busy: {_limits.MessageBytesPerDay} bytes were stored, the most one client may have stored in a day"))
                    : null;
        }
    }

    /// <summary>Counts what was stored.</summary>
    /// <param name="storedBytes">Bytes.</param>
    /// <param name="now">Time on the same clock.</param>
    public void Count(long storedBytes, TimeSpan now)
    {
        if (storedBytes > 0)
        {
            lock (_lock)
            {
                _bytes.Take(NsOf(now), storedBytes);
            }
        }
    }

    /// <summary>How long it takes until it is as one that was never used, if it is not used meanwhile.</summary>
    /// <param name="now">Time on the same clock.</param>
    public TimeSpan TimeUntilUnused(TimeSpan now)
    {
        lock (_lock)
        {
            long nowNs = NsOf(now);
            return TimeSpan.FromTicks(Math.Max(_messages.NsUntilUnused(nowNs), _bytes.NsUntilUnused(nowNs)) / TimeSpan.NanosecondsPerTick);
        }
    }

    private void Begin(ConnectionLimits limits)
    {
        _messages = new TokenBucket(limits.MessageRate, Burst.TotalSeconds * limits.MessageRate);
        _bytes = new TokenBucket(limits.MessageBytesPerDay / SecondsPerDay, limits.MessageBytesPerDay);
    }

    private static long NsOf(TimeSpan now) => now.Ticks * TimeSpan.NanosecondsPerTick;
}

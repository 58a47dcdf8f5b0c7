using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Services.Messages;

/// <summary>
/// Bounds how many new client ids one sender brings, in all and a second: a store has room for a number of ids, and keeps each until its
/// operator says otherwise, so nobody may use it up alone. A sender is an address (<see cref="NewClientSource"/>), and a token where one is
/// required; an id needs room with both. It knows nothing of ids that are stored already: they are not asked about. Takes the time as
/// a parameter, and counts since it was made. Thread-safe.
/// </summary>
/// <param name="maxSenders">Senders told apart at a time. Addresses are as many as an attacker likes: those that find no room count as
/// one.</param>
internal sealed class NewClientQuota(int maxSenders = NewClientQuota.MostSenders)
{
    /// <summary>Senders told apart at a time, unless another number is given.</summary>
    public const int MostSenders = 65_536;

    /// <summary>A burst may be as long as the rate takes to bring this.</summary>
    private const int BurstSeconds = 10;

    // Whoever brought more than this is not forgotten, however many others come.
    private const int MostForgotten = 16;

    // Sweeping looks at every sender.
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    // By network without a token, and by token without a network.
    private readonly Dictionary<NewClientSource, Sender> _senders = [];
    private readonly Lock _lock = new();
    private TimeSpan _sweptAt = TimeSpan.MinValue;
    private Sender _others;
    private long _refused;

    /// <summary>New ids refused so far.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Senders that are told apart now.</summary>
    public int Senders
    {
        get
        {
            lock (_lock)
            {
                return _senders.Count;
            }
        }
    }

    private static TimeSpan Burst => TimeSpan.FromSeconds(BurstSeconds);

    /// <summary>Counts a new id, or says which limit it meets.</summary>
    /// <param name="source">Who brings it.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    /// <returns>Null where it was counted (and <see cref="GiveBack"/> is owed if nothing comes of it); otherwise the reason.</returns>
    public ConnectionEnd? TryTake(in NewClientSource source, ConnectionLimits limits, TimeSpan now)
    {
        lock (_lock)
        {
            ConnectionEnd? met = Judge(OfNetwork(source), limits, now, "from this address")
                ?? (source.Token is null ? null : Judge(OfToken(source), limits, now, "with this token"));
            if (met is not null)
            {
                _refused++;
                return met;
            }

            Find(OfNetwork(source), now).Take(limits, now);
            if (source.Token is not null)
            {
                Find(OfToken(source), now).Take(limits, now);
            }

            return null;
        }
    }

    /// <summary>Takes back that an id was counted: the store did not take it.</summary>
    /// <param name="source">Who brought it.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="now">Time on the same clock.</param>
    public void GiveBack(in NewClientSource source, ConnectionLimits limits, TimeSpan now)
    {
        lock (_lock)
        {
            Find(OfNetwork(source), now).GiveBack(limits);
            if (source.Token is not null)
            {
                Find(OfToken(source), now).GiveBack(limits);
            }
        }
    }

    private static NewClientSource OfNetwork(in NewClientSource source) => source with { Token = null };

    private static NewClientSource OfToken(in NewClientSource source) => source with { Network = default };

    private ConnectionEnd? Judge(in NewClientSource name, ConnectionLimits limits, TimeSpan now, string whence)
    {
        ref Sender sender = ref Find(name, now);
        return sender.Count >= limits.MaxNewClients
            ? new(
                ServiceEventCause.NewClientLimit,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"busy: {limits.MaxNewClients} new client ids came {whence} since the server started, the most one sender may bring"))
            : sender.IsTooFast(limits, now)
                ? new(
                    ServiceEventCause.NewClientRate,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"busy: new client ids come {whence} faster than {limits.NewClientRate} a second, the most one sender may bring"))
                : null;
    }

    /// <summary>The account of a sender; of all those for whom there is no room one.</summary>
    private ref Sender Find(in NewClientSource name, TimeSpan now)
    {
        ref Sender sender = ref CollectionsMarshal.GetValueRefOrNullRef(_senders, name);
        if (!Unsafe.IsNullRef(ref sender))
        {
            return ref sender;
        }

        if (_senders.Count >= maxSenders && now - SweepInterval >= _sweptAt)
        {
            _sweptAt = now;
            Sweep(now);
        }

        return ref _senders.Count >= maxSenders
            ? ref _others
            : ref CollectionsMarshal.GetValueRefOrAddDefault(_senders, name, out _)!;
    }

    /// <summary>Forgets senders that brought little and nothing lately: as few ids as makes room for an eighth.</summary>
    private void Sweep(TimeSpan now)
    {
        for (int count = 1; _senders.Count > maxSenders - Math.Max(1, maxSenders / 8) && count <= MostForgotten; count *= 2)
        {
            foreach ((NewClientSource name, Sender sender) in _senders)
            {
                if (sender.Count <= count && sender.BusyUntil <= now)
                {
                    _ = _senders.Remove(name);
                }
            }
        }
    }

    /// <summary>One sender: how many ids it brought, and when the last of them would have come at the rate that is allowed.</summary>
    private struct Sender
    {
        public int Count;

        public TimeSpan BusyUntil;

        public readonly bool IsTooFast(ConnectionLimits limits, TimeSpan now) => BusyUntil - now > Burst - Interval(limits);

        public void Take(ConnectionLimits limits, TimeSpan now)
        {
            Count++;
            BusyUntil = (BusyUntil > now ? BusyUntil : now) + Interval(limits);
        }

        public void GiveBack(ConnectionLimits limits)
        {
            Count = Math.Max(0, Count - 1);
            BusyUntil -= Interval(limits);
        }

        private static TimeSpan Interval(ConnectionLimits limits) =>
            TimeSpan.FromTicks(TimeSpan.TicksPerSecond / Math.Max(1, limits.NewClientRate));
    }
}

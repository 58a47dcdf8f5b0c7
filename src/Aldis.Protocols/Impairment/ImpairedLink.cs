using Aldis.Protocols.Randomness;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Impairment;

/// <summary>
/// One direction of a bad network as decisions alone: told the length of a datagram and the time, it says when which copies arrive.
/// It holds no datagram. Each fault has a random sequence of its own, so that switching one on leaves the others where they were.
/// </summary>
/// <remarks>
/// Order of the stages: blackhole, longest datagram, queue and rate, loss, delay with jitter, reordering, duplication, damage.
/// The rate is exact: the fraction of a nanosecond that a datagram leaves over is carried to the next while the link is busy.
/// </remarks>
internal sealed class ImpairedLink
{
    private const ulong NanobitsPerByte = 8_000_000_000;

    private readonly LinkOptions _options;
    private readonly Tracer _tracer;
    private readonly SeededRandom _loss;
    private readonly SeededRandom _burst;
    private readonly SeededRandom _jitter;
    private readonly SeededRandom _reorder;
    private readonly SeededRandom _duplicate;
    private readonly SeededRandom _damage;
    private readonly ulong _rate;
    private bool _inBurst;
    private long _busyUntil;
    private ulong _busyFraction;
    private long _lastInOrderArrival = long.MinValue;

    /// <summary>Makes an idle link.</summary>
    /// <param name="options">What it does to datagrams.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="tracer">Told of every decision.</param>
    /// <exception cref="ArgumentNullException">The options are null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ImpairedLink(LinkOptions options, ulong seed, Tracer tracer = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _tracer = tracer;
        _rate = (ulong)options.BitsPerSecond;
        var random = new SeededRandom(seed);
        _loss = random.Fork();
        _burst = random.Fork();
        _jitter = random.Fork();
        _reorder = random.Fork();
        _duplicate = random.Fork();
        _damage = random.Fork();
    }

    /// <summary>Datagrams handed to the link so far.</summary>
    public long Datagrams { get; private set; }

    /// <summary>Of these, lost at random.</summary>
    public long LostAtRandom { get; private set; }

    /// <summary>Of these, dropped at a full queue.</summary>
    public long DroppedAtQueue { get; private set; }

    /// <summary>When everything taken so far has left the queue; a sender that waits for it never queues.</summary>
    public long IdleAtNanoseconds => _busyUntil;

    /// <summary>Bytes, overhead included, that wait for the rate or are leaving at a given time, rounded up.</summary>
    /// <param name="nowNanoseconds">Not before the last decision.</param>
    /// <returns>0 if the link is idle or has no rate.</returns>
    public long Backlog(long nowNanoseconds)
    {
        if (_busyUntil <= nowNanoseconds || _rate == 0)
        {
            return 0;
        }

        UInt128 nanobits = ((UInt128)(ulong)(_busyUntil - nowNanoseconds) * _rate) + _busyFraction;
        return (long)((nanobits + NanobitsPerByte - 1) / NanobitsPerByte);
    }

    /// <summary>Decides what becomes of one datagram.</summary>
    /// <param name="length">Its bytes, without overhead.</param>
    /// <param name="nowNanoseconds">When it is handed to the link; never before the call before.</param>
    /// <returns>The decision, which is final.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public LinkDecision Decide(int length, long nowNanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long identity = Datagrams++;
        LinkFault drop = Admit(length, nowNanoseconds);
        if (drop == LinkFault.None)
        {
            drop = DrawLoss(identity);
        }

        if (drop != LinkFault.None)
        {
            Count(drop);
            _tracer.Note(TraceEventKind.LinkDropped, nowNanoseconds, CauseOf(drop), secondValue: identity, length: length);
            return new LinkDecision { Drop = drop };
        }

        long departure = _rate == 0 ? nowNanoseconds : _busyUntil;
        LinkDecision decision = Schedule(departure);
        Trace(decision, nowNanoseconds, identity, length);
        return decision;
    }

    private LinkFault Admit(int length, long now)
    {
        foreach (BlackholeWindow window in _options.Blackholes)
        {
            if (window.Contains(now))
            {
                return LinkFault.Blackhole;
            }
        }

        if (_options.MaximumDatagramBytes != 0 && length > _options.MaximumDatagramBytes)
        {
            return LinkFault.TooLong;
        }

        if (_rate == 0)
        {
            return LinkFault.None;
        }

        long bytes = (long)length + _options.OverheadBytes;
        long backlog = Backlog(now);
        if (_options.QueueBytes != 0 && backlog > 0 && backlog + bytes > _options.QueueBytes)
        {
            return LinkFault.QueueFull;
        }

        if (_busyUntil < now)
        {
            _busyUntil = now;
            _busyFraction = 0;
        }

        UInt128 work = ((UInt128)(ulong)bytes * NanobitsPerByte) + _busyFraction;
        _busyUntil += (long)(work / _rate);
        _busyFraction = (ulong)(work % _rate);
        return LinkFault.None;
    }

    private LinkFault DrawLoss(long identity)
    {
        bool lost = _loss.Chance(_options.Loss);
        if (_options.BurstLoss is { } chain)
        {
            _inBurst = _inBurst ? !_burst.Chance(chain.BadToGood) : _burst.Chance(chain.GoodToBad);
            lost |= _burst.Chance(_inBurst ? chain.LossInBad : chain.LossInGood);
        }

        if (_options.DroppedDatagrams.Contains(identity))
        {
            return LinkFault.Scripted;
        }

        return lost ? LinkFault.RandomLoss : LinkFault.None;
    }

    private LinkDecision Schedule(long departure)
    {
        long arrival = departure + _options.DelayNanoseconds + DrawUpTo(_jitter, _options.JitterNanoseconds);
        arrival = Math.Max(arrival, _lastInOrderArrival);
        if (_reorder.Chance(_options.Reorder))
        {
            arrival += 1 + (long)_reorder.NextBelow((ulong)_options.ReorderDelayNanoseconds);
        }
        else
        {
            _lastInOrderArrival = arrival;
        }

        bool twice = _duplicate.Chance(_options.Duplicate);
        return new LinkDecision
        {
            Copies = twice ? 2 : 1,
            First = Damaged(arrival),
            Second = twice ? Damaged(arrival + DrawUpTo(_duplicate, _options.DuplicateDelayNanoseconds)) : default,
        };
    }

    private LinkCopy Damaged(long arrival)
    {
        LinkFault damage = _damage.Chance(_options.BitFlip) ? LinkFault.BitFlip
            : _damage.Chance(_options.Truncate) ? LinkFault.Truncation
            : LinkFault.None;
        ulong seed = damage == LinkFault.None ? 0 : _damage.NextUInt64();
        return new LinkCopy { ArrivalNanoseconds = arrival, Damage = damage, DamageSeed = seed };
    }

    private static long DrawUpTo(SeededRandom random, long maximum) => maximum == 0 ? 0 : (long)random.NextBelow((ulong)maximum + 1);

    private void Count(LinkFault drop)
    {
        LostAtRandom += drop == LinkFault.RandomLoss ? 1 : 0;
        DroppedAtQueue += drop == LinkFault.QueueFull ? 1 : 0;
    }

    private void Trace(in LinkDecision decision, long now, long identity, int length)
    {
        if (!_tracer.IsEnabled)
        {
            return;
        }

        _tracer.Note(
            TraceEventKind.LinkAccepted, now, value: decision.First.ArrivalNanoseconds, secondValue: identity, length: length);
        if (decision.Copies == 2)
        {
            _tracer.Note(
                TraceEventKind.LinkDuplicated, now, value: decision.Second.ArrivalNanoseconds, secondValue: identity, length: length);
        }

        TraceDamage(decision.First, now, identity, length);
        TraceDamage(decision.Second, now, identity, length);
    }

    private void TraceDamage(in LinkCopy copy, long now, long identity, int length)
    {
        if (copy.Damage != LinkFault.None)
        {
            _tracer.Note(
                TraceEventKind.LinkCorrupted, now, CauseOf(copy.Damage), copy.ArrivalNanoseconds, identity, length: length);
        }
    }

    private static TraceCause CauseOf(LinkFault fault) => fault switch
    {
        LinkFault.RandomLoss => TraceCause.RandomLoss,
        LinkFault.QueueFull => TraceCause.QueueFull,
        LinkFault.Blackhole => TraceCause.Blackhole,
        LinkFault.TooLong => TraceCause.TooLong,
        LinkFault.Scripted => TraceCause.Scripted,
        LinkFault.BitFlip => TraceCause.BitFlip,
        LinkFault.Truncation => TraceCause.Truncation,
        _ => TraceCause.None,
    };
}

using Aldis.Protocols.Randomness;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Impairment;

/// <summary>
/// One direction of a bad network as decisions alone: told the length of a datagram and the time, it says when which copies arrive.
/// It holds no datagram. Each fault has a random sequence of its own, so that switching one on leaves the others where they were.
/// </summary>
/// <remarks>
/// Order of the stages: blackhole, longest datagram, queue and rate, loss, delay with jitter, reordering, duplication, damage.
/// </remarks>
internal sealed class ImpairedLink
{
    private readonly Tracer _tracer;
    private readonly SeededRandom _loss;
    private readonly SeededRandom _burst;
    private readonly SeededRandom _jitter;
    private readonly SeededRandom _reorder;
    private readonly SeededRandom _duplicate;
    private readonly SeededRandom _damage;
    private readonly LinkRate _rate = new();
    private LinkOptions _options;
    private bool _inBurst;
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
        _rate.BitsPerSecond = options.BitsPerSecond;
        var random = new SeededRandom(seed);
        _loss = random.Fork();
        _burst = random.Fork();
        _jitter = random.Fork();
        _reorder = random.Fork();
        _duplicate = random.Fork();
        _damage = random.Fork();
    }

    /// <summary>What it does to datagrams. A change leaves what was decided as it is; every random sequence goes on where it was.</summary>
    /// <exception cref="ArgumentNullException">The options are null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public LinkOptions Options
    {
        get => _options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Validate();
            _options = value;
            _rate.BitsPerSecond = value.BitsPerSecond;
        }
    }

    /// <summary>Datagrams handed to the link so far.</summary>
    public long Datagrams { get; private set; }

    /// <summary>Of these, lost at random.</summary>
    public long LostAtRandom { get; private set; }

    /// <summary>Of these, dropped at a full queue.</summary>
    public long DroppedAtQueue { get; private set; }

    /// <summary>When everything taken so far has left the queue; a sender that waits for it never queues.</summary>
    public long IdleAtNanoseconds => _rate.IdleAtNanoseconds;

    /// <summary>Bytes, overhead included, that wait for the rate or are leaving at a given time, rounded up.</summary>
    /// <param name="nowNanoseconds">Not before the last decision.</param>
    /// <returns>0 if the link is idle or has no rate.</returns>
    public long Backlog(long nowNanoseconds) => _rate.Backlog(nowNanoseconds);

    /// <summary>Decides what becomes of one datagram.</summary>
    /// <param name="length">Its bytes, without overhead.</param>
    /// <param name="nowNanoseconds">When it is handed to the link; never before the call before.</param>
    /// <returns>The decision, which is final.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public LinkDecision Decide(int length, long nowNanoseconds) => Decide(length, nowNanoseconds, given: null);

    /// <summary>As <see cref="Decide(int, long)"/>, by a verdict of an earlier run: a rate and a cut cable count besides.</summary>
    /// <param name="length">Its bytes, without overhead.</param>
    /// <param name="nowNanoseconds">When it is handed to the link; never before the call before.</param>
    /// <param name="given">What was decided then.</param>
    /// <returns>The decision.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public LinkDecision Repeat(int length, long nowNanoseconds, LinkVerdict given) => Decide(length, nowNanoseconds, given);

    private LinkDecision Decide(int length, long now, LinkVerdict? given)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long identity = Datagrams++;
        LinkFault drop = Admit(length, now);
        if (drop == LinkFault.None)
        {
            drop = given?.Drop ?? DrawLoss(identity);
        }

        if (drop != LinkFault.None)
        {
            Count(drop);
            _tracer.Note(TraceEventKind.LinkDropped, now, CauseOf(drop), secondValue: identity, length: length);
            return new LinkDecision { Verdict = new LinkVerdict { Drop = drop } };
        }

        long departure = _options.BitsPerSecond == 0 ? now : _rate.IdleAtNanoseconds;
        LinkDecision decision = Schedule(departure, given ?? Draw());
        Trace(decision, now, identity, length);
        return decision;
    }

    private LinkFault Admit(int length, long now)
    {
        if (_options.IsCut)
        {
            return LinkFault.Cut;
        }

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

        if (_options.BitsPerSecond == 0)
        {
            return LinkFault.None;
        }

        long bytes = (long)length + _options.OverheadBytes;
        long backlog = Backlog(now);
        if (_options.QueueBytes != 0 && backlog > 0 && backlog + bytes > _options.QueueBytes)
        {
            return LinkFault.QueueFull;
        }

        _rate.Take(bytes, now);
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

    private LinkVerdict Draw()
    {
        long delay = _options.DelayNanoseconds + DrawJitter();
        long heldBack = _reorder.Chance(_options.Reorder) ? 1 + (long)_reorder.NextBelow((ulong)_options.ReorderDelayNanoseconds) : 0;
        bool isTwice = _duplicate.Chance(_options.Duplicate);
        (LinkFault damage, ulong damageSeed) = DrawDamage();
        (LinkFault secondDamage, ulong secondDamageSeed) = isTwice ? DrawDamage() : default;
        return new LinkVerdict
        {
            DelayNanoseconds = delay,
            HeldBackNanoseconds = heldBack,
            IsTwice = isTwice,
            SecondDelayNanoseconds = isTwice ? DrawUpTo(_duplicate, _options.DuplicateDelayNanoseconds) : 0,
            Damage = damage,
            DamageSeed = damageSeed,
            SecondDamage = secondDamage,
            SecondDamageSeed = secondDamageSeed,
        };
    }

    private LinkDecision Schedule(long departure, in LinkVerdict verdict)
    {
        long arrival = Math.Max(departure + verdict.DelayNanoseconds, _lastInOrderArrival);
        if (verdict.HeldBackNanoseconds == 0)
        {
            _lastInOrderArrival = arrival;
        }

        arrival += verdict.HeldBackNanoseconds;
        return new LinkDecision
        {
            Verdict = verdict,
            Copies = verdict.IsTwice ? 2 : 1,
            First = new LinkCopy { ArrivalNanoseconds = arrival, Damage = verdict.Damage, DamageSeed = verdict.DamageSeed },
            Second = verdict.IsTwice ? new LinkCopy
            {
                ArrivalNanoseconds = arrival + verdict.SecondDelayNanoseconds,
                Damage = verdict.SecondDamage,
                DamageSeed = verdict.SecondDamageSeed,
            } : default,
        };
    }

    private long DrawJitter() =>
        JitterDraw.Next(_jitter, _options.DelayNanoseconds, _options.JitterNanoseconds, _options.JitterDistribution);

    private (LinkFault Damage, ulong Seed) DrawDamage()
    {
        LinkFault damage = _damage.Chance(_options.BitFlip) ? LinkFault.BitFlip
            : _damage.Chance(_options.Truncate) ? LinkFault.Truncation
            : LinkFault.None;
        return (damage, damage == LinkFault.None ? 0 : _damage.NextUInt64());
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
        LinkFault.Blackhole or LinkFault.Cut => TraceCause.Blackhole,
        LinkFault.TooLong => TraceCause.TooLong,
        LinkFault.Scripted => TraceCause.Scripted,
        LinkFault.BitFlip => TraceCause.BitFlip,
        LinkFault.Truncation => TraceCause.Truncation,
        _ => TraceCause.None,
    };
}

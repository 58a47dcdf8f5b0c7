using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Impairment;

/// <summary>
/// One direction of one connection over a bad network as decisions alone: told how many bytes there are and the time, it says which of them
/// arrive when, and where the stream breaks. It holds no byte, drops none and lets none overtake another.
/// </summary>
/// <remarks>
/// What is drawn for a piece depends on the seed and on the offset of its first byte, not on what was drawn before: however the bytes come,
/// pieces that begin at the same place have the same fate. Where chance decides, pieces end at multiples of
/// <see cref="LinkFaults.SegmentBytes"/>, so that they find together again.
/// </remarks>
internal sealed class StreamLink
{
    // At a rate, pieces are what leaves in a millisecond: fine enough to look like a flow, coarse enough to cost little.
    private const long PiecesPerSecond = 1_000;

    private const long LeastWaiting = 64 << 10;

    // Odd, and none of the constants that the generator itself steps by, or neighbours would draw the same.
    private const ulong OffsetFactor = 0xD134_2543_DE82_EF95;

    private readonly ulong _seed;
    private readonly long _openNs;
    private readonly LinkRate _rate = new();
    private readonly List<(StreamBreak Break, long SinceNs)> _breaks = [];
    private LinkFaults _faults = LinkFaults.None;
    private bool _isDrawn;
    private bool _inBurst;
    private long _lastArrivalNs = long.MinValue;
    private long _sliceEnd;

    /// <summary>Makes a link on which nothing has passed.</summary>
    /// <param name="faults">What it does.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="nowNs">When the connection began.</param>
    public StreamLink(LinkFaults faults, ulong seed, long nowNs)
    {
        _seed = seed;
        _openNs = nowNs;
        Change(faults, nowNs);
    }

    /// <summary>What it does.</summary>
    public LinkFaults Faults => _faults;

    /// <summary>Bytes that were decided upon; the offset of the next.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether it lets everything pass as it comes.</summary>
    public bool IsClear { get; private set; }

    /// <summary>Decisions of an earlier run, by offset; null to draw them.</summary>
    public Func<long, LinkVerdict>? Replay { get; init; }

    /// <summary>Replaces what it does. What was decided stays.</summary>
    /// <param name="faults">What it does from here on; valid.</param>
    /// <param name="nowNs">When.</param>
    public void Change(LinkFaults faults, long nowNs)
    {
        (StreamBreak Break, long SinceNs)[] before = [.. _breaks];
        _breaks.Clear();
        foreach (StreamBreak each in faults.Breaks)
        {
            // One that was there before has waited since then.
            int known = Array.FindIndex(before, other => other.Break == each);
            _breaks.Add((each, known < 0 ? Math.Max(_openNs, nowNs) : before[known].SinceNs));
        }

        _faults = faults;
        _rate.BitsPerSecond = faults.BitsPerSecond;
        _isDrawn = Replay is not null || faults.Loss > 0 || faults.BurstLoss is not null || faults.Corrupt > 0
            || faults.Jitter > TimeSpan.Zero;
        IsClear = !_isDrawn && _breaks.Count == 0 && !faults.IsCut && faults.BitsPerSecond == 0 && faults.SliceBytes == 0
            && faults.Delay == TimeSpan.Zero;
    }

    /// <summary>Whether nothing passes now.</summary>
    /// <param name="nowNs">When.</param>
    /// <returns>True while the cable is pulled, and from a stall on until the faults change.</returns>
    public bool IsStalled(long nowNs) => _faults.IsCut || (_breaks.Count > 0 && _breaks.Exists(
        each => each.Break.Kind == StreamBreakKind.Stall && IsDue(each.Break, each.SinceNs, nowNs)));

    /// <summary>How the stream breaks now, whatever comes.</summary>
    /// <param name="nowNs">When.</param>
    /// <returns>Null if it does not; a stall is none (<see cref="IsStalled"/>).</returns>
    public StreamBreakKind? DueBreak(long nowNs)
    {
        foreach ((StreamBreak each, long sinceNs) in _breaks)
        {
            if (each.Kind != StreamBreakKind.Stall && IsDue(each, sinceNs, nowNs))
            {
                return each.Kind;
            }
        }

        return null;
    }

    /// <summary>When the next break comes by time.</summary>
    /// <param name="nowNs">When.</param>
    /// <returns>Later than that; <see cref="long.MaxValue"/> for never.</returns>
    public long NextBreakNs(long nowNs)
    {
        long next = long.MaxValue;
        foreach ((StreamBreak each, long sinceNs) in _breaks)
        {
            long due = DueNs(each, sinceNs);
            next = due > nowNs ? Math.Min(next, due) : next;
        }

        return next;
    }

    /// <summary>How many bytes may be taken, so that no more wait for the rate than may: <see cref="LinkFaults.QueueBytes"/>, or as many as
    /// leave in a tenth of a second.</summary>
    /// <param name="nowNs">When.</param>
    /// <returns>0, or a quarter of what may wait and more, so that no crumbs are taken; any number where there is no rate.</returns>
    public long Room(long nowNs)
    {
        if (_faults.BitsPerSecond == 0)
        {
            return long.MaxValue;
        }

        long room = MostWaiting - _rate.Backlog(nowNs);
        return room >= Math.Max(1, MostWaiting / 4) ? room : 0;
    }

    /// <summary>When half of what may wait for the rate has left.</summary>
    /// <returns>A time at which there is room again.</returns>
    public long RoomAtNs() =>
        _rate.IdleAtNanoseconds - (long)((UInt128)(ulong)(MostWaiting / 2) * 8_000_000_000 / (ulong)Math.Max(1, _faults.BitsPerSecond));

    /// <summary>Decides what becomes of the next bytes. Not while it is stalled, and not after a break.</summary>
    /// <param name="available">How many there are, at least 1.</param>
    /// <param name="nowNs">When they came; never before the call before.</param>
    /// <returns>The decision for some of them.</returns>
    public StreamPiece Decide(int available, long nowNs)
    {
        bool isFirstOfSlice = _faults.SliceBytes > 0 && Offset >= _sliceEnd;
        long length = LengthOf(available);
        StreamBreakKind? broken = null;
        foreach ((StreamBreak each, _) in _breaks)
        {
            if (each.AfterBytes is long bytes && bytes - Offset <= length - (WaitsForMore(each) ? 1 : 0))
            {
                length = Math.Max(0, bytes - Offset);

                // Where it waits for more, the bytes before it go by themselves.
                broken = each.Kind == StreamBreakKind.Stall || (WaitsForMore(each) && length > 0) ? null : each.Kind;
            }
        }

        LinkVerdict verdict = length == 0 || !_isDrawn ? Plain() : Replay?.Invoke(Offset) ?? Draw();
        long arrivalNs = _rate.Take(length, nowNs) + verdict.DelayNanoseconds;
        if (_lastArrivalNs != long.MinValue)
        {
            arrivalNs = Math.Max(arrivalNs, _lastArrivalNs + (isFirstOfSlice ? Nanoseconds(_faults.SliceDelay) : 0));
        }

        _lastArrivalNs = arrivalNs;
        Offset += length;
        return new StreamPiece
        {
            Length = (int)length,
            Verdict = verdict,
            Copy = new LinkCopy { ArrivalNanoseconds = arrivalNs, Damage = verdict.Damage, DamageSeed = verdict.DamageSeed },
            Break = broken,
        };
    }

    /// <summary>When the end of the stream arrives.</summary>
    /// <param name="nowNs">When it came; never before the call before.</param>
    /// <returns>Not before the last byte.</returns>
    public long EndArrivalNs(long nowNs) =>
        Math.Max(_rate.Take(0, nowNs) + Nanoseconds(_faults.Delay), _lastArrivalNs) + Nanoseconds(_faults.CloseDelay);

    private long MostWaiting =>
        _faults.QueueBytes > 0 ? Math.Max(2, _faults.QueueBytes) : Math.Max(LeastWaiting, _faults.BitsPerSecond / 8 / 10);

    private static long DueNs(StreamBreak each, long sinceNs) =>
        each.After is { } after ? sinceNs + Nanoseconds(after) : each.IsAtOnce ? sinceNs : long.MaxValue;

    private bool IsDue(StreamBreak each, long sinceNs, long nowNs) =>
        DueNs(each, sinceNs) <= nowNs || (each.AfterBytes <= Offset && !WaitsForMore(each));

    // What stalls has nothing to lose.
    private static bool WaitsForMore(StreamBreak each) => each.WaitsForMore && each.Kind != StreamBreakKind.Stall;

    private long LengthOf(int available)
    {
        long length = available;
        if (_isDrawn)
        {
            length = Math.Min(length, LinkFaults.SegmentBytes - (Offset % LinkFaults.SegmentBytes));
        }
        else if (_faults.BitsPerSecond > 0)
        {
            length = Math.Min(length, Math.Max(LinkFaults.SegmentBytes, _faults.BitsPerSecond / 8 / PiecesPerSecond));
        }

        if (_faults.SliceBytes == 0)
        {
            return length;
        }

        if (Offset >= _sliceEnd)
        {
            int variation = _faults.SliceVariationBytes;
            var random = new SeededRandom(~_seed ^ ((ulong)Offset * OffsetFactor));
            _sliceEnd = Offset + _faults.SliceBytes + (variation == 0 ? 0 : random.NextBelow((2 * variation) + 1) - variation);
        }

        return Math.Min(length, _sliceEnd - Offset);
    }

    private LinkVerdict Plain() => new() { DelayNanoseconds = Nanoseconds(_faults.Delay) };

    private LinkVerdict Draw()
    {
        // All of them, whether they are needed or not: a fault that is switched on leaves the others as they were.
        var random = new SeededRandom(_seed ^ ((ulong)Offset * OffsetFactor));
        bool isLost = random.NextUnit() < _faults.Loss;
        double step = random.NextUnit();
        double loss = random.NextUnit();
        bool isDamaged = random.NextUnit() < _faults.Corrupt;
        ulong damageSeed = random.NextUInt64();
        if (_faults.BurstLoss is { } chain)
        {
            _inBurst = _inBurst ? step >= chain.BadToGood : step < chain.GoodToBad;
            isLost |= loss < (_inBurst ? chain.LossInBad : chain.LossInGood);
        }

        long delayNs = Nanoseconds(_faults.Delay);
        long jitterNs = JitterDraw.Next(random, delayNs, Nanoseconds(_faults.Jitter), _faults.JitterDistribution);
        return new LinkVerdict
        {
            Drop = isLost ? LinkFault.RandomLoss : LinkFault.None,
            DelayNanoseconds = delayNs + jitterNs + (isLost ? Nanoseconds(_faults.RetransmissionDelay) : 0),
            Damage = isDamaged ? LinkFault.BitFlip : LinkFault.None,
            DamageSeed = isDamaged ? damageSeed : 0,
        };
    }

    private static long Nanoseconds(TimeSpan time) => LinkFaults.Nanoseconds(time);
}

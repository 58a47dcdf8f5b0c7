namespace Aldis.Protocols.Ping;

/// <summary>
/// Decides when a ping sends, which answers are still awaited and when it is over, and keeps its books. Requests are numbered from 1.
/// Only the last <see cref="Window"/> of them are known one by one. Not safe for several threads at once.
/// </summary>
/// <param name="count">Requests to send; 0 for no end.</param>
/// <param name="intervalNs">Time between two.</param>
/// <param name="answerTimeoutNs">How long an answer may take before it is late.</param>
internal sealed class PingSession(long count, long intervalNs, long answerTimeoutNs)
{
    /// <summary>Requests that are remembered: half as many as ICMP has numbers, so that an old one is not taken for a new one.</summary>
    public const int Window = 32_768;

    private readonly long[] _sentAtNs = new long[Window];
    private readonly State[] _states = new State[Window];

    private long _nextDueNs = long.MinValue;
    private bool _isStopped;
    private long _late;
    private long _duplicates;
    private long _damaged;
    private long _errors;
    private long _minNs = long.MaxValue;
    private long _maxNs;
    private UInt128 _sumNs;
    private UInt128 _sumOfSquares;

    private enum State : byte
    {
        Awaited,
        Overdue,
        Failed,
        Answered,
    }

    /// <summary>Requests sent; also the number of the last one.</summary>
    public long Sent { get; private set; }

    /// <summary>The first request that is still awaited; one more than <see cref="Sent"/> where none is.</summary>
    public long OldestAwaited { get; private set; } = 1;

    /// <summary>Requests that were answered.</summary>
    public long Received { get; private set; }

    /// <summary>Whether nothing is to be sent and nothing awaited any more.</summary>
    public bool IsOver => IsAllSent && OldestAwaited > Sent;

    private bool IsAllSent => _isStopped || (count > 0 && Sent == count);

    /// <summary>When something is to be done next; <see cref="long.MaxValue"/> where nothing is.</summary>
    public long NextNs
    {
        get
        {
            long overdue = OldestAwaited <= Sent ? _sentAtNs[At(OldestAwaited)] + answerTimeoutNs : long.MaxValue;
            return IsAllSent ? overdue : Math.Min(overdue, _nextDueNs);
        }
    }

    /// <summary>Enters the next request, if it is due. What a busy machine made it miss is not made up for: a ping is no load.</summary>
    /// <param name="nowNs">The time, by any clock that does not fall.</param>
    /// <param name="number">Its number.</param>
    /// <returns>Whether it is to be sent now.</returns>
    public bool TrySend(long nowNs, out long number)
    {
        number = Sent + 1;
        if (IsAllSent || nowNs < _nextDueNs)
        {
            return false;
        }

        _nextDueNs = Math.Max(_nextDueNs == long.MinValue ? nowNs : _nextDueNs, nowNs - intervalNs) + intervalNs;
        Sent = number;
        _sentAtNs[At(number)] = nowNs;
        _states[At(number)] = State.Awaited;
        OldestAwaited = Math.Max(OldestAwaited, number - Window + 1);
        return true;
    }

    /// <summary>Corrects the time of the last request, where handing it over took time.</summary>
    /// <param name="number">Which.</param>
    /// <param name="nowNs">When it really left.</param>
    public void RecordDeparture(long number, long nowNs)
    {
        if (IsKnown(number) && _states[At(number)] == State.Awaited)
        {
            _sentAtNs[At(number)] = nowNs;
        }
    }

    /// <summary>Takes a request whose answer has no time left.</summary>
    /// <param name="nowNs">The time.</param>
    /// <param name="number">Its number.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryTakeOverdue(long nowNs, out long number)
    {
        SkipSettled();
        number = OldestAwaited;
        if (number > Sent || nowNs < _sentAtNs[At(number)] + answerTimeoutNs)
        {
            return false;
        }

        _states[At(number)] = State.Overdue;
        SkipSettled();
        return true;
    }

    /// <summary>Enters an answer.</summary>
    /// <param name="number">The number it carries; any value, it comes from outside.</param>
    /// <param name="nowNs">When it came.</param>
    /// <param name="roundTripNs">The time since its request; 0 where nothing is known of it.</param>
    /// <returns>How it stands.</returns>
    public PingAnswerKind RecordAnswer(long number, long nowNs, out long roundTripNs)
    {
        roundTripNs = 0;
        if (!IsKnown(number))
        {
            return PingAnswerKind.Unknown;
        }

        roundTripNs = Math.Max(0, nowNs - _sentAtNs[At(number)]);
        State before = _states[At(number)];
        if (before == State.Answered)
        {
            _duplicates++;
            return PingAnswerKind.Duplicate;
        }

        _states[At(number)] = State.Answered;
        SkipSettled();
        Received++;
        _errors -= before == State.Failed ? 1 : 0;
        _minNs = Math.Min(_minNs, roundTripNs);
        _maxNs = Math.Max(_maxNs, roundTripNs);
        _sumNs += (UInt128)roundTripNs;
        _sumOfSquares += (UInt128)roundTripNs * (UInt128)roundTripNs;
        if (before != State.Overdue && roundTripNs <= answerTimeoutNs)
        {
            return PingAnswerKind.First;
        }

        _late++;
        return PingAnswerKind.Late;
    }

    /// <summary>Enters an answer whose data were not those of its request. The request is awaited on: a right one may follow.</summary>
    public void RecordDamaged() => _damaged++;

    /// <summary>Enters that a request cannot be answered.</summary>
    /// <param name="number">The number that was told; any value.</param>
    /// <returns>Whether it was awaited.</returns>
    public bool RecordFailure(long number)
    {
        if (!IsKnown(number) || _states[At(number)] is not (State.Awaited or State.Overdue))
        {
            return false;
        }

        _states[At(number)] = State.Failed;
        _errors++;
        SkipSettled();
        return true;
    }

    /// <summary>Sends nothing more; what is under way is awaited on until <see cref="IsOver"/>, or not at all.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>The number that a 16-bit sequence number stands for: the last request that carried it.</summary>
    /// <param name="sequence">Any value, it comes from outside.</param>
    /// <returns>The number, 0 or less where no request carried it.</returns>
    public long NumberOf(ushort sequence) => Sent - (ushort)((ushort)Sent - sequence);

    /// <summary>What was found so far.</summary>
    public PingSummary Summarize()
    {
        long underWay = 0;
        for (long number = OldestAwaited; number <= Sent; number++)
        {
            underWay += _states[At(number)] == State.Awaited ? 1 : 0;
        }

        double mean = Received == 0 ? 0 : (double)_sumNs / Received;
        double variance = Received == 0 ? 0 : ((double)_sumOfSquares / Received) - (mean * mean);
        return new PingSummary
        {
            Transmitted = Sent,
            Received = Received,
            Late = _late,
            Duplicates = _duplicates,
            Errors = _errors,
            Damaged = _damaged,
            UnderWay = underWay,
            MinNs = Received == 0 ? 0 : _minNs,
            AverageNs = (long)mean,
            MaxNs = _maxNs,
            DeviationNs = (long)Math.Sqrt(Math.Max(0, variance)),
        };
    }

    private static int At(long number) => (int)(number % Window);

    private bool IsKnown(long number) => number >= 1 && number <= Sent && number > Sent - Window;

    private void SkipSettled()
    {
        while (OldestAwaited <= Sent && _states[At(OldestAwaited)] != State.Awaited)
        {
            OldestAwaited++;
        }
    }
}

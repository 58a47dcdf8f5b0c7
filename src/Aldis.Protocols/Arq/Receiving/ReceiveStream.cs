using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Arq.Receiving;

/// <summary>The receive window: what came in order, what waits behind gaps, what was read, and how much credit the peer has.</summary>
internal sealed class ReceiveStream
{
    private const long OpenEnd = long.MaxValue;

    private readonly ChunkPool _pool;
    private StreamBuffer _buffer;
    private readonly bool _keepsOutOfOrder;
    private readonly long _maxWindow;
    private readonly long _guaranteed;
    private RangeSet _ahead = new();
    private long _final = OpenEnd;
    private long _highest;
    private int _largestPayload;
    private long _paceStartNs;
    private long _paceStartOffset;
    private bool _wantsMoreWindow;

    /// <param name="pool">Where memory comes from. While it is short, nothing out of order is kept, nothing further ahead of the reader
    /// than <see cref="ChunkPool.Allow"/> says of the first credit, and no window grows.</param>
    /// <param name="initialLimit">Credit granted at the start.</param>
    /// <param name="maxWindow">What the window may grow to.</param>
    /// <param name="keepsOutOfOrder">Whether bytes ahead of a gap are kept.</param>
    public ReceiveStream(ChunkPool pool, long initialLimit, long maxWindow, bool keepsOutOfOrder)
    {
        _pool = pool;
        _buffer = new StreamBuffer(pool);
        _keepsOutOfOrder = keepsOutOfOrder;
        _maxWindow = Math.Clamp(maxWindow, initialLimit, StreamLimits.MaxWindowBytes);
        _guaranteed = initialLimit;
        WindowBytes = initialLimit;
        Limit = initialLimit;
    }

    /// <summary>Bytes received without a gap from the start.</summary>
    public long InOrderEnd { get; private set; }

    /// <summary>What an ACK reports (CUM): like <see cref="InOrderEnd"/>, one more once the FIN is reached.</summary>
    public long Cumulative => InOrderEnd == _final ? InOrderEnd + 1 : InOrderEnd;

    /// <summary>Bytes the application took.</summary>
    public long Consumed { get; private set; }

    /// <summary>Credit granted (LIM); never falls.</summary>
    public long Limit { get; private set; }

    /// <summary>How far ahead of the application the peer may send.</summary>
    public long WindowBytes { get; private set; }

    public long ReadableBytes => InOrderEnd - Consumed;

    /// <summary>Whether the FIN was reached: everything the peer will ever send is here.</summary>
    public bool IsComplete => InOrderEnd == _final;

    public bool IsFinSeen => _final != OpenEnd;

    public bool IsAtEnd => IsComplete && Consumed == _final;

    /// <summary>Whether the last packet kept out of order opened a gap: the sender should hear of it at once.</summary>
    public bool MadeNewGap { get; private set; }

    public bool HasGap => !_ahead.IsEmpty;

    /// <summary>Stretches ahead of gaps that were looked at or moved.</summary>
    public long Steps => _ahead.Steps;

    /// <summary>Bytes of memory in use.</summary>
    public long LentBytes => _buffer.LentBytes;

    /// <summary>Bytes that wait behind gaps.</summary>
    public long AheadBytes => _ahead.Total;

    /// <summary>Takes a packet whose checksum was right.</summary>
    public ReceiveResult Receive(long offset, ReadOnlySpan<byte> payload, bool isFin)
    {
        long end = offset + payload.Length;
        if (end > Limit)
        {
            return ReceiveResult.BeyondCredit;
        }

        if (end > _final || (isFin && (_final != OpenEnd ? end != _final : end < _highest)))
        {
            return ReceiveResult.Contradiction;
        }

        if (offset > InOrderEnd && !_keepsOutOfOrder)
        {
            return ReceiveResult.Discarded;
        }

        _largestPayload = Math.Max(_largestPayload, payload.Length);
        bool isNewFin = isFin && _final == OpenEnd;
        if (offset <= InOrderEnd)
        {
            return ReceiveInOrder(offset, payload, end, isNewFin);
        }

        if (IsOverloaded(offset, end, payload.Length))
        {
            _pool.OnRefused();
            return ReceiveResult.Overload;
        }

        if (isNewFin)
        {
            _final = end;
        }

        MadeNewGap = offset > _highest;
        _highest = Math.Max(_highest, end);
        NoticeUse();
        if (payload.IsEmpty)
        {
            return isNewFin ? ReceiveResult.OutOfOrder : ReceiveResult.Duplicate;
        }

        return Keep(offset, payload, end) || isNewFin ? ReceiveResult.OutOfOrder : ReceiveResult.Duplicate;
    }

    /// <summary>Copies bytes in order to the application.</summary>
    public int Read(Span<byte> destination)
    {
        int count = (int)Math.Min(destination.Length, ReadableBytes);
        _buffer.Read(Consumed, destination[..count]);
        Consume(count);
        return count;
    }

    /// <summary>The next bytes in order, behind some of them, that lie together.</summary>
    public ReadOnlyMemory<byte> Peek(long skip) =>
        ReadableBytes == skip ? default : _buffer.Memory(Consumed + skip, ReadableBytes - skip);

    public void Consume(int count)
    {
        Consumed += count;
        _buffer.Release(Consumed, Consumed == InOrderEnd && _ahead.IsEmpty);
    }

    /// <summary>Raises the credit if that is worth an acknowledgement: by a quarter of the window or two packets, whichever is less,
    /// or because the peer cannot send a whole packet.</summary>
    /// <returns>Whether the peer should be told at once.</returns>
    public bool TryRaiseLimit()
    {
        if (IsFinSeen)
        {
            return false;
        }

        if (_wantsMoreWindow && Consumed >= InOrderEnd - (WindowBytes / 2) && !_pool.IsShort)
        {
            WindowBytes = Math.Min(_maxWindow, WindowBytes * 2);
            _wantsMoreWindow = false;
        }

        long wanted = Consumed + WindowBytes;
        long step = Math.Min(WindowBytes / 4, 2L * Math.Max(1, _largestPayload));
        bool unblocks = Limit - _highest < _largestPayload && wanted > Limit;
        if (wanted - Limit < step && !unblocks)
        {
            return false;
        }

        // Every acknowledgement carries the new limit; one of its own is only due when the peer has used up three quarters of its credit.
        bool isUrgent = Limit - _highest < WindowBytes / 4;
        Limit = wanted;
        return isUrgent;
    }

    /// <summary>Doubles the window, up to its limit, if what waits to be read fills half of it.</summary>
    /// <returns>Whether there is more credit.</returns>
    public bool TryWiden()
    {
        if (IsFinSeen || ReadableBytes < WindowBytes / 2 || WindowBytes >= _maxWindow || _pool.IsShort)
        {
            return false;
        }

        WindowBytes = Math.Min(_maxWindow, WindowBytes * 2);
        Limit = Math.Max(Limit, Consumed + WindowBytes);
        return true;
    }

    /// <summary>Notices that a quarter of the window came within one round trip. A reader who takes everything at once leaves no
    /// other trace of a path that carries more than the window: nothing waits, and nothing is missing.</summary>
    /// <param name="nowNs">When the last packet came.</param>
    /// <param name="roundTripNs">The round trip as far as it is known.</param>
    public void NoticePace(long nowNs, long roundTripNs)
    {
        bool isQuarter = _highest - _paceStartOffset > WindowBytes / 4;
        if (!isQuarter && nowNs - _paceStartNs <= roundTripNs)
        {
            return;
        }

        _wantsMoreWindow |= isQuarter && nowNs - _paceStartNs <= roundTripNs && WindowBytes < _maxWindow;
        _paceStartNs = nowNs;
        _paceStartOffset = _highest;
    }

    /// <summary>Gives everything back. Nothing can be read afterwards.</summary>
    public void Discard()
    {
        _buffer.Clear();
        Consumed = InOrderEnd;
    }

    public void Trim()
    {
        _buffer.Trim();
        _ahead.Trim();
    }

    public void CheckInvariants()
    {
        Invariant.Holds(Consumed <= InOrderEnd && InOrderEnd <= Limit, "read <= in order <= credit");
        Invariant.Holds(_ahead.Count <= StreamLimits.MaxReceivedRuns, "gaps are bounded");
        long previous = InOrderEnd;
        for (int index = 0; index < _ahead.Count; index++)
        {
            OffsetRange run = _ahead[index];
            Invariant.Holds(run.Start > previous && run.End > run.Start
                && run.End <= Limit, "runs ahead are sorted, apart and within credit");
            previous = run.End;
        }

        Invariant.Holds(_keepsOutOfOrder || _ahead.IsEmpty, "go-back-N keeps nothing out of order");
    }

    private ReceiveResult ReceiveInOrder(long offset, ReadOnlySpan<byte> payload, long end, bool isNewFin)
    {
        if (end <= InOrderEnd && !isNewFin)
        {
            return ReceiveResult.Duplicate;
        }

        // A window once widened stays wide, and a reader may stop: many such connections would hold whatever their peers send.
        if (end > InOrderEnd && end - Consumed > _pool.Allow(_guaranteed))
        {
            _pool.OnRefused();
            return ReceiveResult.Overload;
        }

        if (isNewFin)
        {
            _final = end;
        }

        if (end > InOrderEnd)
        {
            int known = (int)(InOrderEnd - offset);
            _buffer.Write(InOrderEnd, payload[known..]);
            InOrderEnd = end;
            _highest = Math.Max(_highest, end);
        }

        NoticeUse();
        if (_ahead.IsEmpty || _ahead.First.Start > InOrderEnd)
        {
            return ReceiveResult.InOrder;
        }

        while (!_ahead.IsEmpty && _ahead.First.Start <= InOrderEnd)
        {
            InOrderEnd = Math.Max(InOrderEnd, _ahead.First.End);
            _ahead.RemoveFirst();
        }

        return ReceiveResult.GapFilled;
    }

    /// <summary>Stores what is new; bytes that are there already stay as they came first.</summary>
    private bool Keep(long offset, ReadOnlySpan<byte> payload, long end)
    {
        long position = offset;
        bool isNew = false;
        while (position < end && _ahead.TryFindGap(position, end, out OffsetRange gap))
        {
            _buffer.Write(gap.Start, payload.Slice((int)(gap.Start - offset), (int)(gap.End - gap.Start)));
            position = gap.End;
            isNew = true;
        }

        if (isNew)
        {
            _ahead.Add(offset, end);
        }

        return isNew;
    }

    private bool IsOverloaded(long offset, long end, int length)
        => length > 0
        && ((_ahead.Count >= StreamLimits.MaxReceivedRuns && _ahead.WouldGrow(offset, end)) || _pool.IsShort);

    /// <summary>A repair takes round trips during which new bytes keep coming: the window should be four times what is under way.</summary>
    private void NoticeUse() => _wantsMoreWindow |= _highest - Consumed > WindowBytes / 4 && WindowBytes < _maxWindow;
}

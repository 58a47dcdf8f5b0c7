using Aldis.Protocols.Arq.Streams;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>The send window: what was written, what was sent of it, what the peer has, and how far its credit reaches. The end of the
/// stream (FIN) occupies the position after the last byte and needs no credit.</summary>
internal sealed class SendStream(ChunkPool pool, long initialLimit)
{
    private StreamBuffer _buffer = new(pool);

    /// <summary>Everything below was received by the peer (UNA).</summary>
    public long Unacknowledged { get; private set; }

    /// <summary>The next position to send for the first time; one past the highest ever sent.</summary>
    public long Highest { get; private set; }

    /// <summary>One past the last byte written.</summary>
    public long Written { get; private set; }

    /// <summary>Bytes below it may be sent (LIM); never falls.</summary>
    public long Limit { get; private set; } = initialLimit;

    /// <summary>Bytes below it may leave in a frame that is not full.</summary>
    public long FlushedTo { get; private set; }

    public bool IsFinished { get; private set; }

    public bool IsFinSent => IsFinished && Highest == Written + 1;

    public bool IsFinAcknowledged => IsFinished && Unacknowledged == Written + 1;

    /// <summary>Whether every byte, perhaps not the FIN, was received by the peer.</summary>
    public bool IsAllDataAcknowledged => Unacknowledged >= Written;

    /// <summary>Bytes held for the peer.</summary>
    public long HeldBytes => Math.Max(0, Written - Unacknowledged);

    /// <summary>Bytes of memory in use.</summary>
    public long LentBytes => _buffer.LentBytes;

    public long UnsentBytes => Math.Max(0, Written - Highest);

    /// <summary>Whether something was never sent: bytes or the FIN.</summary>
    public bool HasUnsent => Highest < Written || (IsFinished && !IsFinSent);

    public long CreditBytes => Math.Max(0, Limit - Highest);

    public void Write(ReadOnlySpan<byte> source)
    {
        _buffer.Write(Written, source);
        Written += source.Length;
    }

    public void Flush() => FlushedTo = Written;

    public void Finish()
    {
        IsFinished = true;
        FlushedTo = Written;
    }

    /// <summary>Chooses bytes never sent before.</summary>
    /// <param name="room">Payload of a full frame.</param>
    /// <param name="allowShort">Whether a frame that is not full may leave even though more may be written yet.</param>
    /// <param name="allowShortOfCredit">Whether a frame may be cut by the end of credit.</param>
    /// <param name="choice">What to send.</param>
    /// <returns>False if nothing new may leave now.</returns>
    public bool TryChooseNew(int room, bool allowShort, bool allowShortOfCredit, out FrameChoice choice)
    {
        choice = default;
        choice.Offset = Highest;
        choice.Frame = -1;
        choice.ReplacedPacketNumber = -1;
        long pending = Written - Highest;
        if (pending <= 0)
        {
            choice.IsFin = pending == 0 && IsFinished;
            return choice.IsFin;
        }

        long credit = CreditBytes;
        int length = (int)Math.Min(pending, room);
        if (length > credit)
        {
            if (credit == 0 || !allowShortOfCredit)
            {
                return false;
            }

            length = (int)credit;
        }
        else if (length < room && !allowShort && FlushedTo <= Highest)
        {
            return false;
        }

        choice.Length = length;
        choice.IsFin = IsFinished && length == pending;
        return true;
    }

    /// <summary>Whether what waits would leave if there were credit.</summary>
    public bool IsShortOfCredit(int room) => Written > Highest && CreditBytes < Math.Min(room, Written - Highest);

    public void OnSentNew(in FrameChoice choice) => Highest = choice.End;

    public void Read(long offset, Span<byte> destination) => _buffer.Read(offset, destination);

    /// <summary>Takes what was granted back, before anything was sent.</summary>
    public void ForgetLimit() => Limit = 0;

    public void RaiseLimit(long limit) => Limit = Math.Max(Limit, limit);

    /// <summary>Takes the peer's word that it has everything below a position, which must not be above <see cref="Highest"/>.</summary>
    /// <returns>By how much it moved.</returns>
    public long Acknowledge(long cumulative)
    {
        long moved = cumulative - Unacknowledged;
        if (moved <= 0)
        {
            return 0;
        }

        Unacknowledged = cumulative;
        _buffer.Release(Math.Min(cumulative, Written), cumulative >= Written);
        return moved;
    }

    public void Discard() => _buffer.Clear();

    public void Trim() => _buffer.Trim();
}

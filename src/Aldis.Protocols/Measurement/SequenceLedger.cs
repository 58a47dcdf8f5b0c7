namespace Aldis.Protocols.Measurement;

/// <summary>
/// Keeps the books of numbered requests and their replies: what was lost, came twice or came out of order. Requests are numbered 0, 1, 2
/// and so on. Only the last requests, of a window, are remembered one by one; a reply to an older one is
/// <see cref="ReplyKind.Unknown"/> and the request stays lost, so that nothing is counted twice. Not safe for several threads at once.
/// </summary>
internal sealed class SequenceLedger
{
    private const long Answered = long.MinValue;

    // The time at which request s was sent is at s mod window, or Answered.
    private readonly long[] _sentAt;
    private long _highestAnswered = -1;

    /// <summary>Creates an empty ledger.</summary>
    /// <param name="window">How many of the last requests are remembered, 1 or more; each needs 8 bytes.</param>
    public SequenceLedger(int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        _sentAt = new long[window];
    }

    /// <summary>Requests sent; also the number of the next one.</summary>
    public long Sent { get; private set; }

    /// <summary>Requests that were answered at least once.</summary>
    public long Received { get; private set; }

    /// <summary>Requests that were not answered so far.</summary>
    public long Lost => Sent - Received;

    /// <summary>Replies to requests that were answered before.</summary>
    public long Duplicates { get; private set; }

    /// <summary>First replies that came after the reply to a later request.</summary>
    public long Reordered { get; private set; }

    /// <summary>Enters the next request.</summary>
    /// <param name="nanoseconds">When it was sent, or should have been; any clock, not <see cref="long.MinValue"/>.</param>
    /// <returns>Its number.</returns>
    public long RecordSent(long nanoseconds)
    {
        _sentAt[Sent % _sentAt.Length] = nanoseconds;
        return Sent++;
    }

    /// <summary>Enters a reply.</summary>
    /// <param name="sequence">The number that it carries; any value, it comes from outside.</param>
    /// <param name="nanoseconds">When it came, by the same clock.</param>
    /// <param name="roundTripNanoseconds">The time since its request, where it is the first reply to it; 0 otherwise.</param>
    /// <returns>How it stands.</returns>
    public ReplyKind RecordReply(long sequence, long nanoseconds, out long roundTripNanoseconds)
    {
        roundTripNanoseconds = 0;
        if (sequence < 0 || sequence >= Sent || sequence < Sent - _sentAt.Length)
        {
            return ReplyKind.Unknown;
        }

        ref long sentAt = ref _sentAt[sequence % _sentAt.Length];
        if (sentAt == Answered)
        {
            Duplicates++;
            return ReplyKind.Duplicate;
        }

        roundTripNanoseconds = nanoseconds - sentAt;
        sentAt = Answered;
        Received++;
        if (sequence < _highestAnswered)
        {
            Reordered++;
            return ReplyKind.Reordered;
        }

        _highestAnswered = sequence;
        return ReplyKind.InOrder;
    }

    /// <summary>Counts the requests that were not answered and are younger than a time.</summary>
    /// <param name="nanoseconds">The time, by the same clock.</param>
    /// <returns>How many of the remembered requests were sent at it or later and have no reply; requests were sent in order.</returns>
    public long UnansweredSince(long nanoseconds)
    {
        long count = 0;
        for (long sequence = Sent - 1; sequence >= 0 && sequence >= Sent - _sentAt.Length; sequence--)
        {
            long sentAt = _sentAt[sequence % _sentAt.Length];
            if (sentAt != Answered && sentAt < nanoseconds)
            {
                break;
            }

            count += sentAt == Answered ? 0 : 1;
        }

        return count;
    }
}

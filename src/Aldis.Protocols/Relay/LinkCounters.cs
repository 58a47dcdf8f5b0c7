namespace Aldis.Protocols.Relay;

/// <summary>
/// What a relay has done in one direction. What is counted are datagrams; of a stream, pieces that one decision was for, and connections
/// where the name is that of a break.
/// </summary>
public sealed record LinkCounters
{
    /// <summary>Handed to the link.</summary>
    public long Received { get; init; }

    /// <summary>Bytes of payload of those.</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Passed on, copies included.</summary>
    public long Sent { get; init; }

    /// <summary>Bytes of payload of those.</summary>
    public long SentBytes { get; init; }

    /// <summary>Of those handed to the link, dropped for whatever reason; of a stream nothing is.</summary>
    public long Dropped { get; init; }

    /// <summary>Lost at random, alone or in a burst. On a stream, delayed by what a retransmission costs.</summary>
    public long Lost { get; init; }

    /// <summary>Dropped because too much waited for the rate, or in the relay.</summary>
    public long QueueFull { get; init; }

    /// <summary>Dropped because longer than the link carries.</summary>
    public long TooLong { get; init; }

    /// <summary>Swallowed while the cable was pulled.</summary>
    public long Cut { get; init; }

    /// <summary>Arrived later than without the link.</summary>
    public long Delayed { get; init; }

    /// <summary>Arrived twice.</summary>
    public long Duplicated { get; init; }

    /// <summary>Held back, so that later ones could overtake them.</summary>
    public long HeldBack { get; init; }

    /// <summary>Copies in which bits were flipped.</summary>
    public long Corrupted { get; init; }

    /// <summary>Copies whose end was cut off.</summary>
    public long Truncated { get; init; }

    /// <summary>Connections that were refused.</summary>
    public long Refused { get; init; }

    /// <summary>Connections on which a stall came.</summary>
    public long Stalled { get; init; }

    /// <summary>Connections that were ended in this direction.</summary>
    public long HalfClosed { get; init; }

    /// <summary>Connections that were ended.</summary>
    public long Closed { get; init; }

    /// <summary>Connections that were reset.</summary>
    public long Reset { get; init; }

    /// <summary>Both directions, or the same one of several relays, together.</summary>
    /// <param name="other">What is added.</param>
    /// <returns>The sums.</returns>
    public LinkCounters Plus(LinkCounters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new LinkCounters
        {
            Received = Received + other.Received,
            ReceivedBytes = ReceivedBytes + other.ReceivedBytes,
            Sent = Sent + other.Sent,
            SentBytes = SentBytes + other.SentBytes,
            Dropped = Dropped + other.Dropped,
            Lost = Lost + other.Lost,
            QueueFull = QueueFull + other.QueueFull,
            TooLong = TooLong + other.TooLong,
            Cut = Cut + other.Cut,
            Delayed = Delayed + other.Delayed,
            Duplicated = Duplicated + other.Duplicated,
            HeldBack = HeldBack + other.HeldBack,
            Corrupted = Corrupted + other.Corrupted,
            Truncated = Truncated + other.Truncated,
            Refused = Refused + other.Refused,
            Stalled = Stalled + other.Stalled,
            HalfClosed = HalfClosed + other.HalfClosed,
            Closed = Closed + other.Closed,
            Reset = Reset + other.Reset,
        };
    }
}

using Aldis.Protocols.Measurement;
using Aldis.Protocols.Trials;

namespace Aldis.Transports.Trials;

/// <summary>What a trial found of one transport over one link.</summary>
internal sealed class TrialOutcome
{
    /// <summary>How long connections took to open; empty of datagrams, which have none.</summary>
    public LatencyHistogram Connecting { get; } = new();

    /// <summary>Round trips of small messages, one at a time.</summary>
    public LatencyHistogram RoundTrips { get; } = new();

    /// <summary>How long round trips were measured.</summary>
    public TimeSpan RoundTripTime { get; set; }

    /// <summary>Small messages whose answer did not come.</summary>
    public long RoundTripsLost { get; set; }

    /// <summary>Answers that were not what was sent.</summary>
    public long RoundTripsCorrupted { get; set; }

    /// <summary>Pieces one way; of datagrams at a pace at which the receiver keeps up.</summary>
    public TransferOutcome? Transfer { get; set; }

    /// <summary>Datagrams as fast as they can be sent.</summary>
    public TransferOutcome? Flood { get; set; }

    /// <summary>Pieces to a receiver that reads slowly.</summary>
    public TransferOutcome? SlowReader { get; set; }

    /// <summary>Why it ended early, a sentence; null where it did not.</summary>
    public string? Failure { get; set; }
}

/// <summary>What became of pieces that were sent one way.</summary>
/// <param name="PieceBytes">Bytes of each.</param>
/// <param name="Sent">Pieces sent.</param>
/// <param name="Delivered">Pieces that came whole, each counted once.</param>
/// <param name="Duplicated">Pieces that came again.</param>
/// <param name="OutOfOrder">Pieces that came behind a later one.</param>
/// <param name="Corrupted">Pieces in which something is wrong.</param>
/// <param name="Lost">Pieces of datagrams that never came; 0 of a stream, which holds what it has not delivered.</param>
/// <param name="UnderWay">Pieces of a stream that were taken from the sender and not read when the time was up.</param>
/// <param name="Elapsed">How long was sent.</param>
/// <param name="DeliveredBytes">Bytes that were delivered in that time.</param>
/// <param name="Processor">Time of all processors meanwhile: both ends, and the link between them.</param>
internal sealed record TransferOutcome(
    int PieceBytes,
    long Sent,
    long Delivered,
    long Duplicated,
    long OutOfOrder,
    long Corrupted,
    long Lost,
    long UnderWay,
    TimeSpan Elapsed,
    long DeliveredBytes,
    TimeSpan Processor)
{
    /// <summary>Payload bits a second that arrived.</summary>
    public double BitsPerSecond => Elapsed > TimeSpan.Zero ? DeliveredBytes * 8 / Elapsed.TotalSeconds : 0;

    /// <summary>Makes one when sending has ended: its time is over, and what became of the pieces shows later.</summary>
    /// <param name="sink">What they are counted in.</param>
    /// <param name="sent">Pieces sent.</param>
    /// <param name="clock">Started with the sending.</param>
    public static TransferOutcome When(TrialSink sink, long sent, TrialClock clock) =>
        new(sink.PieceBytes, sent, 0, 0, 0, 0, 0, 0, clock.Elapsed, sink.Ledger.DeliveredBytes, clock.Processor);

    /// <summary>The same when nothing more is waited for.</summary>
    /// <param name="ledger">The receiver's books.</param>
    /// <param name="isStream">Whether what is missing is held, and not lost.</param>
    public TransferOutcome Settled(PieceLedger ledger, bool isStream)
    {
        long delivered = ledger.Delivered;
        long missing = Math.Max(0, Sent - delivered - ledger.Corrupted);
        return this with
        {
            Delivered = delivered,
            Duplicated = ledger.Duplicated,
            OutOfOrder = ledger.OutOfOrder,
            Corrupted = ledger.Corrupted,
            Lost = isStream ? 0 : missing,
            UnderWay = isStream ? missing : 0,
        };
    }

    /// <summary>Processor seconds for 10^9 bytes that arrived; null where none did.</summary>
    public double? ProcessorSecondsPerGigabyte => DeliveredBytes > 0 ? Processor.TotalSeconds / DeliveredBytes * 1e9 : null;
}

using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Tracing;

public sealed class TraceSinkTests
{
    private static readonly TraceEvent Retransmission = new(TraceEventKind.FrameRetransmitted, 1_500_000)
    {
        Side = TraceSide.Client,
        ConnectionId = 5,
        PacketNumber = 9,
        ReplacedPacketNumber = 4,
        Offset = 2048,
        Length = 1024,
        FrameIndex = 2,
        Cause = TraceCause.Timeout,
        Value = 1,
        SecondValue = 2,
    };

    public static TheoryData<string> ChangedFields =>
    [
        nameof(TraceEvent.TimeNanoseconds), nameof(TraceEvent.ConnectionId), nameof(TraceEvent.PacketNumber),
        nameof(TraceEvent.ReplacedPacketNumber), nameof(TraceEvent.Offset), nameof(TraceEvent.FrameIndex), nameof(TraceEvent.Value),
        nameof(TraceEvent.SecondValue), nameof(TraceEvent.Length), nameof(TraceEvent.Kind), nameof(TraceEvent.Cause),
        nameof(TraceEvent.Side),
    ];

    [Theory]
    [MemberData(nameof(ChangedFields))]
    public void Every_field_of_an_event_is_in_the_trace_hash(string field)
    {
        Assert.NotEqual(HashOf(Retransmission), HashOf(Changed(field)));
    }

    [Fact]
    public void Equal_events_give_an_equal_trace_hash()
    {
        Assert.Equal(HashOf(Retransmission, default), HashOf(Retransmission, default));
    }

    [Fact]
    public void The_order_of_events_is_in_the_trace_hash()
    {
        Assert.NotEqual(HashOf(Retransmission, default), HashOf(default, Retransmission));
    }

    [Fact]
    public void A_ring_keeps_the_last_events_oldest_first()
    {
        var ring = new TraceRing(3);
        for (int i = 0; i < 5; i++)
        {
            ring.Record(new TraceEvent(TraceEventKind.FrameSent, i));
        }

        Assert.Equal([2L, 3L, 4L], ring.ToArray().Select(e => e.TimeNanoseconds));
        Assert.Equal(5, ring.Count);
    }

    [Fact]
    public void A_ring_that_is_not_full_shows_what_it_has()
    {
        var ring = new TraceRing();
        ring.Record(Retransmission);
        Assert.Single(ring.ToArray());
    }

    [Fact]
    public void A_line_shows_time_cause_and_the_replaced_copy()
    {
        string line = Retransmission.ToString();
        Assert.Contains("1.500000 ms", line, StringComparison.Ordinal);
        Assert.Contains("FrameRetransmitted", line, StringComparison.Ordinal);
        Assert.Contains("Timeout pn=9 replaces=4 off=2048 frame=2 len=1024", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Recording_through_the_seam_allocates_nothing()
    {
        var tracer = new Tracer(new TraceFork(new TraceHash(), new TraceRing(), new TraceCounts()), TraceSide.Server, 1);
        RecordMany(tracer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RecordMany(tracer);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void The_seam_adds_side_and_connection()
    {
        var ring = new TraceRing();
        var tracer = new Tracer(ring, TraceSide.Server, 77);
        tracer.Frame(TraceEventKind.FrameSent, 1, 2, 3, 4, 5);
        tracer.Note(TraceEventKind.RoundTripMeasured, 6, value: 7, secondValue: 8);
        TraceEvent[] events = ring.ToArray();
        Assert.All(events, e => Assert.Equal((TraceSide.Server, 77UL), (e.Side, e.ConnectionId)));
        Assert.Equal((2L, 3L, 4, 5L), (events[0].PacketNumber, events[0].Offset, events[0].Length, events[0].FrameIndex));
        Assert.Equal((7L, 8L), (events[1].Value, events[1].SecondValue));
    }

    [Fact]
    public void Counts_are_kept_by_kind_and_side()
    {
        var counts = new TraceCounts();
        counts.Record(Retransmission);
        counts.Record(Retransmission with { Side = TraceSide.Server });
        Assert.Equal(1, counts.Of(TraceEventKind.FrameRetransmitted, TraceSide.Client));
        Assert.Equal(2, counts.Of(TraceEventKind.FrameRetransmitted));
        Assert.Equal(0, counts.Of(TraceEventKind.FrameSent));
    }

    private static void RecordMany(Tracer tracer)
    {
        for (int i = 0; i < 1000; i++)
        {
            tracer.Frame(TraceEventKind.FrameSent, i, i, i, 1);
            tracer.Note(TraceEventKind.AcknowledgementSent, i, value: i);
        }
    }

    private static ulong HashOf(params TraceEvent[] events)
    {
        var hash = new TraceHash();
        foreach (TraceEvent traceEvent in events)
        {
            hash.Record(traceEvent);
        }

        return hash.Value;
    }

    private static TraceEvent Changed(string field) => field switch
    {
        nameof(TraceEvent.TimeNanoseconds) => Retransmission with { TimeNanoseconds = 0 },
        nameof(TraceEvent.ConnectionId) => Retransmission with { ConnectionId = 6 },
        nameof(TraceEvent.PacketNumber) => Retransmission with { PacketNumber = 10 },
        nameof(TraceEvent.ReplacedPacketNumber) => Retransmission with { ReplacedPacketNumber = 5 },
        nameof(TraceEvent.Offset) => Retransmission with { Offset = 0 },
        nameof(TraceEvent.FrameIndex) => Retransmission with { FrameIndex = 3 },
        nameof(TraceEvent.Value) => Retransmission with { Value = 0 },
        nameof(TraceEvent.SecondValue) => Retransmission with { SecondValue = 0 },
        nameof(TraceEvent.Length) => Retransmission with { Length = 1 },
        nameof(TraceEvent.Kind) => Retransmission with { Kind = TraceEventKind.FrameSent },
        nameof(TraceEvent.Cause) => Retransmission with { Cause = TraceCause.GapReport },
        _ => Retransmission with { Side = TraceSide.Server },
    };
}

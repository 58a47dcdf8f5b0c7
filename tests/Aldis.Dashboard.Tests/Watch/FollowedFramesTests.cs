using Aldis.Dashboard.Watch;
using Aldis.Protocols.Tracing;

namespace Aldis.Dashboard.Tests.Watch;

public sealed class FollowedFramesTests
{
    [Fact]
    public void Frames_come_in_their_order_once_and_what_is_not_drawn_does_not_come()
    {
        var frames = new FollowedFrames();
        frames.Record(new TraceEvent(TraceEventKind.FrameSent, 1));
        frames.Record(new TraceEvent(TraceEventKind.RoundTripMeasured, 2));
        frames.Record(new TraceEvent(TraceEventKind.FrameLost, 3));
        Assert.Equal([1L, 3L], frames.Take(out long passed).Select(static one => one.TimeNanoseconds));
        Assert.Equal(0, passed);
        Assert.Empty(frames.Take(out _));
    }

    [Fact]
    public void Who_does_not_read_costs_a_bounded_queue_and_is_told_how_many_passed()
    {
        var frames = new FollowedFrames();
        for (int frame = 1; frame <= FollowedFrames.Most + 100; frame++)
        {
            frames.Record(new TraceEvent(TraceEventKind.FrameReceived, frame));
        }

        TraceEvent[] kept = frames.Take(out long passed);
        Assert.Equal((FollowedFrames.Most, 100L, 101L), (kept.Length, passed, kept[0].TimeNanoseconds));
    }
}

using Aldis.Protocols.Tracing;

namespace Aldis.Dashboard.Watch;

/// <summary>
/// The frames of a link on their way to one who follows it: a bounded queue that forgets the oldest, and counts. Takes events under the lock
/// of a driver that waits for nobody. Thread-safe.
/// </summary>
internal sealed class FollowedFrames : ITraceSink
{
    /// <summary>Events between two looks that are kept: more are not drawn.</summary>
    public const int Most = 512;

    private readonly Lock _lock = new();
    private readonly Queue<TraceEvent> _kept = new(Most);
    private long _passed;

    /// <inheritdoc/>
    public void Record(in TraceEvent traceEvent)
    {
        if (!IsDrawn(traceEvent.Kind))
        {
            return;
        }

        lock (_lock)
        {
            if (_kept.Count == Most)
            {
                _kept.Dequeue();
                _passed++;
            }

            _kept.Enqueue(traceEvent);
        }
    }

    /// <summary>Takes what came since the last call.</summary>
    /// <param name="passed">How many before these are forgotten.</param>
    public TraceEvent[] Take(out long passed)
    {
        lock (_lock)
        {
            passed = _passed;
            _passed = 0;
            TraceEvent[] events = [.. _kept];
            _kept.Clear();
            return events;
        }
    }

    private static bool IsDrawn(TraceEventKind kind) => kind is TraceEventKind.FrameSent or TraceEventKind.FrameRetransmitted
        or TraceEventKind.ProbeSent or TraceEventKind.FrameReceived or TraceEventKind.FrameDuplicate or TraceEventKind.FrameDiscarded
        or TraceEventKind.FrameCorrupted or TraceEventKind.FrameLost or TraceEventKind.FrameAcknowledged or TraceEventKind.LossSpurious
        or TraceEventKind.AcknowledgementSent or TraceEventKind.AcknowledgementReceived or TraceEventKind.TimerFired
        or TraceEventKind.ConnectionClosed;
}

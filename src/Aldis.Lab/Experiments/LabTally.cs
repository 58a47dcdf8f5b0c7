using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Experiments;

/// <summary>Counts what happens in a run.</summary>
public sealed class LabTally : ITraceSink
{
    private readonly TraceCounts _counts = new();
    private readonly long[] _retransmissionsByCause = new long[64];
    private readonly long[] _droppedByLink = new long[4];
    private readonly long[] _damagedByLink = new long[4];

    /// <summary>Frames sent for the first time.</summary>
    public long FramesSent => _counts.Of(TraceEventKind.FrameSent, TraceSide.Client);

    /// <summary>Frames sent again.</summary>
    public long Retransmissions => _counts.Of(TraceEventKind.FrameRetransmitted, TraceSide.Client);

    /// <summary>Frames sent, first or again.</summary>
    public long Transmissions => FramesSent + Retransmissions;

    /// <summary>Frames that the receiver had already, and dropped.</summary>
    public long DuplicatesDropped => _counts.Of(TraceEventKind.FrameDuplicate, TraceSide.Server);

    /// <summary>Frames that the receiver did not keep because one before them was missing.</summary>
    public long OutOfOrderDropped => _counts.Of(TraceEventKind.FrameDiscarded, TraceSide.Server);

    /// <summary>Frames that the link lost.</summary>
    public long FramesLost => _droppedByLink[(int)TraceSide.LinkToServer];

    /// <summary>Acknowledgements that the link lost.</summary>
    public long AcknowledgementsLost => _droppedByLink[(int)TraceSide.LinkToClient];

    /// <summary>Frames that the link damaged.</summary>
    public long FramesDamaged => _damagedByLink[(int)TraceSide.LinkToServer];

    /// <summary>Acknowledgements that the link damaged.</summary>
    public long AcknowledgementsDamaged => _damagedByLink[(int)TraceSide.LinkToClient];

    /// <summary>Datagrams of both directions that the link delivered twice.</summary>
    public long DuplicatedByLink => _counts.Of(TraceEventKind.LinkDuplicated);

    /// <summary>Acknowledgements sent.</summary>
    public long AcknowledgementsSent => _counts.Of(TraceEventKind.AcknowledgementSent, TraceSide.Server);

    /// <summary>Acknowledgements that came.</summary>
    public long AcknowledgementsReceived => _counts.Of(TraceEventKind.AcknowledgementReceived, TraceSide.Client);

    /// <summary>Copies given up that had arrived, as a later acknowledgement showed: needless repetitions.</summary>
    public long WronglyGivenUp => _counts.Of(TraceEventKind.LossSpurious, TraceSide.Client);

    /// <summary>Probes sent: packets without a frame that ask for an answer.</summary>
    public long Probes => _counts.Of(TraceEventKind.ProbeSent, TraceSide.Client);

    /// <summary>Frames sent again for a reason.</summary>
    /// <param name="cause">The reason.</param>
    /// <returns>How many.</returns>
    internal long RetransmissionsBecauseOf(TraceCause cause) => _retransmissionsByCause[(int)cause];

    /// <inheritdoc/>
    void ITraceSink.Record(in TraceEvent traceEvent)
    {
        _counts.Record(traceEvent);
        switch (traceEvent.Kind)
        {
            case TraceEventKind.FrameRetransmitted:
                _retransmissionsByCause[(int)traceEvent.Cause]++;
                break;
            case TraceEventKind.LinkDropped:
                _droppedByLink[(int)traceEvent.Side]++;
                break;
            case TraceEventKind.LinkCorrupted:
                _damagedByLink[(int)traceEvent.Side]++;
                break;
            default:
                break;
        }
    }
}

using Aldis.Lab.Grading;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Peers;

/// <summary>
/// What happened between the laboratory and a program: judged by the rules as it happens, and told as a trace, of which a ladder can be
/// made. Positions of that trace are counted in frames, each one long.
/// </summary>
/// <param name="terms">What the program is judged by.</param>
/// <param name="trace">Takes the trace; or null.</param>
internal sealed class PeerRecord(GradeTerms terms, ITraceSink? trace)
{
    private readonly Dictionary<long, long> _lastPacket = [];
    private readonly Tracer _sender = new(trace, TraceSide.Client, 0);
    private readonly Tracer _receiver = new(trace, TraceSide.Server, 0);
    private readonly HashSet<long> _knownAhead = [];
    private long _packets;
    private long _serials;
    private long _lastArrived = TraceEvent.NotApplicable;
    private long _lastArrivedFrame = TraceEvent.NotApplicable;

    /// <summary>Judges.</summary>
    public ProtocolGrader Grader { get; } = new(terms);

    /// <summary>A frame leaves.</summary>
    /// <param name="message">The frame.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="sinceNs">The earliest time at which it may have left.</param>
    /// <returns>The number of the transmission.</returns>
    public long FrameSent(PeerMessage message, long nowNs, long sinceNs)
    {
        Grader.Take(new GradedEvent(GradedEventKind.FrameSent, message.Number)
        {
            TimeNanoseconds = nowNs,
            SinceNanoseconds = sinceNs,
            Content = ((ulong)message.Payload.Length << 32) | Crc32C.Compute(message.Payload.Span),
        });
        long frame = Grader.LastSent;
        long packet = ++_packets;
        if (_lastPacket.TryGetValue(frame, out long replaced))
        {
            bool goesBack = terms.Strategy == ArqMode.GoBackN && frame > Grader.Acknowledged;
            TraceCause cause = goesBack ? TraceCause.GoBackRewind : TraceCause.Timeout;
            if (!goesBack)
            {
                _sender.Note(TraceEventKind.TimerFired, nowNs, TraceCause.Timeout, value: nowNs);
            }

            _sender.Frame(TraceEventKind.FrameRetransmitted, nowNs, packet, frame, 1, frame, cause, replaced);
        }
        else
        {
            _sender.Frame(TraceEventKind.FrameSent, nowNs, packet, frame, 1, frame);
        }

        _lastPacket[frame] = packet;
        return packet;
    }

    /// <summary>A frame arrives.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="packet">The number of its transmission.</param>
    /// <param name="frame">The frame that it is taken for.</param>
    /// <param name="reception">What is done with it.</param>
    /// <param name="expected">The frame that is expected then.</param>
    /// <param name="atNs">When, on the link.</param>
    /// <param name="nowNs">When it was handed over.</param>
    public void FrameArrived(long number, long packet, long frame, PeerReception reception, long expected, long atNs, long nowNs)
    {
        Grader.Take(new GradedEvent(GradedEventKind.FrameArrived, number) { TimeNanoseconds = nowNs });
        (TraceEventKind kind, TraceCause cause) = reception switch
        {
            PeerReception.Duplicate => (TraceEventKind.FrameDuplicate, TraceCause.None),
            PeerReception.OutOfOrder => (TraceEventKind.FrameDiscarded, TraceCause.OutOfOrder),
            _ => (TraceEventKind.FrameReceived, TraceCause.None),
        };
        _receiver.Frame(kind, atNs, packet, frame, 1, frame, cause, value: expected);
        (_lastArrived, _lastArrivedFrame) = (packet, frame);
    }

    /// <summary>An acknowledgement leaves.</summary>
    /// <param name="message">The acknowledgement.</param>
    /// <param name="expected">The frame that its number is taken for.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="sinceNs">The earliest time at which it may have left.</param>
    /// <returns>Its own number.</returns>
    public long AcknowledgementSent(PeerMessage message, long expected, long nowNs, long sinceNs)
    {
        Grader.Take(new GradedEvent(GradedEventKind.AckSent, message.Number)
        {
            TimeNanoseconds = nowNs,
            SinceNanoseconds = sinceNs,
            Ahead = message.Ahead,
        });
        long serial = ++_serials;
        _receiver.Note(
            TraceEventKind.AcknowledgementSent, nowNs, value: serial, packetNumber: AnsweredBy(message, expected), offset: expected);
        return serial;
    }

    /// <summary>An acknowledgement arrives.</summary>
    /// <param name="message">The acknowledgement.</param>
    /// <param name="serial">Its own number.</param>
    /// <param name="expected">The frame that its number is taken for.</param>
    /// <param name="atNs">When, on the link.</param>
    /// <param name="nowNs">When it was handed over.</param>
    public void AcknowledgementArrived(PeerMessage message, long serial, long expected, long atNs, long nowNs)
    {
        Grader.Take(new GradedEvent(GradedEventKind.AckArrived, message.Number) { TimeNanoseconds = nowNs, Ahead = message.Ahead });
        _sender.Note(TraceEventKind.AcknowledgementReceived, atNs, value: serial, packetNumber: _lastArrived, offset: expected);
        foreach (long number in message.Ahead)
        {
            long frame = new FrameNumbers(terms.NumberBits).From(number, expected);
            if (_lastPacket.TryGetValue(frame, out long packet) && _knownAhead.Add(frame))
            {
                _sender.Frame(TraceEventKind.FrameAcknowledged, atNs, packet, frame, 1, frame);
            }
        }
    }

    /// <summary>The transmission that an acknowledgement answers: the last that arrived, unless it names others ahead of a gap.</summary>
    private long AnsweredBy(PeerMessage acknowledgement, long expected)
    {
        var numbers = new FrameNumbers(terms.NumberBits);
        long last = acknowledgement.Ahead.Count == 0 ? TraceEvent.NotApplicable : numbers.From(acknowledgement.Ahead[^1], expected);
        bool isOther = last != TraceEvent.NotApplicable && last < _lastArrivedFrame;
        return isOther && _lastPacket.TryGetValue(last, out long packet) ? packet : _lastArrived;
    }
}

using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Ladder;

/// <summary>
/// Turns the trace of one connection into the steps of a ladder: pairs what left with what arrived, what was repeated with the copy it
/// replaces and with what had become of that. A step is handed over when everything about it is known, in order of time, so that at most
/// what is under way is held. Works from both sides and the link, or from one side alone, where less is known.
/// </summary>
public sealed class LadderBuilder : ITraceSink
{
    /// <summary>Steps that wait at most; beyond that the oldest is handed over as it is.</summary>
    internal const int MostHeld = 1 << 17;

    private const int LeastRemembered = 8192;

    private readonly Queue<LadderStep> _held = new();
    private readonly LadderLane _clientLane = new(LeastRemembered);
    private readonly LadderLane _serverLane = new(LeastRemembered);
    private readonly ILadderOutput _output;
    private readonly LadderView _view;
    private readonly int _frameSize;
    private readonly long _numbers;
    private readonly AnswerKind _answers;
    private LadderStep? _acknowledgementAtWork;
    private long _order;

    /// <summary>Makes a builder without steps.</summary>
    /// <param name="view">Where the events come from.</param>
    /// <param name="frameSize">Payload bytes of a frame, or 0 where frames have no fixed size: then steps name offsets alone.</param>
    /// <param name="output">Takes the steps.</param>
    /// <param name="numbers">How many numbers there are for frames, which begin again at 0; or 0: as many as it takes.</param>
    /// <param name="answers">What acknowledgements of selective repeat say.</param>
    /// <exception cref="ArgumentNullException">There is no output.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The frame size is negative.</exception>
    internal LadderBuilder(
        LadderView view, int frameSize, ILadderOutput output, long numbers = 0, AnswerKind answers = AnswerKind.Selective)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(frameSize);
        _view = view;
        _frameSize = frameSize;
        _output = output;
        _numbers = numbers;
        _answers = answers;
    }

    private bool SeesEverything => _view == LadderView.Everything;

    void ITraceSink.Record(in TraceEvent traceEvent) => Record(traceEvent);

    /// <inheritdoc cref="ITraceSink.Record"/>
    internal void Record(in TraceEvent traceEvent)
    {
        _order++;
        switch (traceEvent.Kind)
        {
            case TraceEventKind.FrameAcknowledged:
                OnFrameAcknowledged(traceEvent);
                break;
            case TraceEventKind.LossSpurious:
                Mark(LadderStepKind.WronglyGivenUp, traceEvent);
                break;
            case TraceEventKind.LinkAccepted or TraceEventKind.LinkDropped or TraceEventKind.LinkDuplicated or TraceEventKind.LinkCorrupted:
                OnLink(traceEvent);
                break;
            case TraceEventKind.FrameLost when !SeesEverything:
                Settle(traceEvent, LadderFate.GivenUp);
                break;
            case TraceEventKind.FrameSent or TraceEventKind.FrameRetransmitted:
                OnFrameSent(traceEvent);
                break;
            case TraceEventKind.AcknowledgementSent:
                OnAcknowledgementSent(traceEvent);
                break;
            case TraceEventKind.ProbeSent or TraceEventKind.ControlSent:
                OnOtherSent(traceEvent);
                break;
            case TraceEventKind.FrameReceived or TraceEventKind.FrameDuplicate or TraceEventKind.FrameDiscarded:
                OnFrameReceived(traceEvent);
                break;
            case TraceEventKind.AcknowledgementReceived:
                OnAcknowledgementReceived(traceEvent);
                break;
            case TraceEventKind.ControlReceived when !SeesEverything:
                Drain(traceEvent.TimeNanoseconds);
                Hold(Resolved(Arrival(LadderStepKind.Control, traceEvent)));
                break;
            default:
                MarkIfShown(traceEvent);
                break;
        }
    }

    /// <summary>Hands over what is left: the observation ends.</summary>
    /// <param name="nowNanoseconds">When, on the clock of the trace.</param>
    public void Complete(long nowNanoseconds)
    {
        Drain(nowNanoseconds);
        while (_held.TryDequeue(out LadderStep? step))
        {
            if (!step.IsResolved)
            {
                step.Fate = SeesEverything ? LadderFate.UnderWay : LadderFate.Unknown;
            }

            HandOver(step);
        }
    }

    private void OnFrameSent(in TraceEvent sent)
    {
        Drain(sent.TimeNanoseconds);
        LadderLane lane = LaneOf(sent.Side);
        LadderStep step = Departure(LadderStepKind.Frame, sent);
        step.Offset = sent.Offset;
        step.Frame = FrameOf(sent);
        step.Number = NumberOf(step.Frame);
        lane.Highest = Math.Max(lane.Highest, sent.Offset + sent.Length);
        step.WindowStart = FramesUpTo(lane.Acknowledged);
        step.WindowNext = FramesUpTo(lane.Highest);
        if (sent.Kind == TraceEventKind.FrameRetransmitted)
        {
            step.ReplacedPacketNumber = sent.ReplacedPacketNumber;
            LadderStep? replaced = lane.Frame(sent.ReplacedPacketNumber);
            step.Transmission = replaced is null ? 2 : replaced.Transmission + 1;
            step.ReplacedDepartureNanoseconds = replaced?.DepartureNanoseconds ?? TraceEvent.NotApplicable;
            step.Replaced = replaced;
            step.ReplacedFate = SeesEverything ? FateOf(replaced, sent.TimeNanoseconds) : ReplacedCopyFate.Unknown;
        }

        lane.RememberFrame(step);
        Send(lane, step);
    }

    private void OnAcknowledgementSent(in TraceEvent sent)
    {
        Drain(sent.TimeNanoseconds);
        LadderLane data = LaneOf(Other(sent.Side));
        LadderStep step = Departure(LadderStepKind.Acknowledgement, sent);
        Describe(step, sent, data);
        if (data.Frame(sent.PacketNumber) is { } answered)
        {
            answered.Answer = step;
        }

        LadderLane lane = LaneOf(sent.Side);
        lane.RememberAcknowledgement(step);
        step.IsResolved = !SeesEverything;
        Send(lane, step);
    }

    private void OnOtherSent(in TraceEvent sent)
    {
        Drain(sent.TimeNanoseconds);
        LadderStep step = Departure(sent.Kind == TraceEventKind.ProbeSent ? LadderStepKind.Probe : LadderStepKind.Control, sent);
        LadderLane lane = LaneOf(sent.Side);
        if (step.Kind == LadderStepKind.Probe)
        {
            lane.RememberFrame(step);
        }

        step.IsResolved = !SeesEverything;
        Send(lane, step);
    }

    private void OnFrameReceived(in TraceEvent received)
    {
        Drain(received.TimeNanoseconds);
        LadderLane lane = LaneOf(Other(received.Side));
        if (received.Kind == TraceEventKind.FrameReceived)
        {
            lane.Expected = Math.Max(lane.Expected, received.Value);
        }

        LadderReception reception = ReceptionOf(received, lane.Expected);
        lane.LastReceived = (received.PacketNumber, FrameOf(received), reception);
        LadderStep? step;
        if (SeesEverything)
        {
            step = Arriving(lane.Frame(received.PacketNumber), received.TimeNanoseconds);
        }
        else
        {
            step = Arrival(LadderStepKind.Frame, received);
            step.Offset = received.Offset;
            step.Frame = FrameOf(received);
            Hold(step);
        }

        if (step is not null)
        {
            step.ArrivalOrder = _order;
            step.Reception = reception;
            step.NextOffset = lane.Expected;
            step.NextFrame = FramesUpTo(lane.Expected);
            bool isKept = received.Kind == TraceEventKind.FrameReceived;
            step.TakenFor = isKept && FrameOf(received) != step.Frame ? FrameOf(received) : TraceEvent.NotApplicable;
            step.IsResolved = true;
        }
    }

    private void OnAcknowledgementReceived(in TraceEvent received)
    {
        Drain(received.TimeNanoseconds);
        LadderLane data = LaneOf(received.Side);
        LadderLane lane = LaneOf(Other(received.Side));
        LadderStep? step;
        if (SeesEverything)
        {
            step = Arriving(lane.Acknowledgement(received.Value), received.TimeNanoseconds);
        }
        else
        {
            step = Arrival(LadderStepKind.Acknowledgement, received);
            Describe(step, received, data);
            Hold(step);
        }

        bool hasMoved = received.Offset > data.Acknowledged;
        data.Acknowledged = Math.Max(data.Acknowledged, received.Offset);
        if (step is not null)
        {
            step.ArrivalOrder = _order;
            step.Reception = hasMoved ? LadderReception.Progress : LadderReception.Stale;
            step.WindowStart = FramesUpTo(data.Acknowledged);
            bool isTold = hasMoved && step.Says != AnswerKind.Individual;
            step.TakenFor = isTold && step.WindowStart != step.NextFrame ? step.WindowStart : TraceEvent.NotApplicable;
            step.IsResolved = true;
            _acknowledgementAtWork = step;
        }
    }

    /// <summary>Part of what the acknowledgement that came last did.</summary>
    private void OnFrameAcknowledged(in TraceEvent acknowledged)
    {
        if (_acknowledgementAtWork is { } step)
        {
            step.NewlyAcknowledgedFrames.Add(FrameOf(acknowledged));
            step.Reception = step.Reception == LadderReception.Stale ? LadderReception.Selective : step.Reception;
        }

        if (!SeesEverything)
        {
            Settle(acknowledged, LadderFate.Confirmed);
        }
    }

    private void Settle(in TraceEvent settled, LadderFate fate)
    {
        if (LaneOf(settled.Side).Frame(settled.PacketNumber) is { IsResolved: false } step)
        {
            step.Fate = fate;
            step.FateCause = settled.Cause;
            step.SettledNanoseconds = settled.TimeNanoseconds;
            step.IsResolved = true;
        }
    }

    private void OnLink(in TraceEvent decision)
    {
        TraceSide side = decision.Side == TraceSide.LinkToServer ? TraceSide.Client : TraceSide.Server;
        foreach (LadderStep step in LaneOf(side).Decided())
        {
            switch (decision.Kind)
            {
                case TraceEventKind.LinkAccepted:
                    step.Fate = LadderFate.Arrived;
                    step.ArrivalNanoseconds = decision.Value;
                    break;
                case TraceEventKind.LinkDropped:
                    step.Fate = LadderFate.Lost;
                    step.FateCause = decision.Cause;
                    step.IsResolved = true;
                    break;
                case TraceEventKind.LinkDuplicated:
                    step.Twin = TwinOf(step, decision.Value);
                    _held.Enqueue(step.Twin);
                    break;
                default:
                    LadderStep damaged = step.ArrivalNanoseconds == decision.Value && step.Fate == LadderFate.Arrived
                        ? step : step.Twin ?? step;
                    damaged.Fate = LadderFate.Damaged;
                    damaged.FateCause = decision.Cause;
                    damaged.IsResolved = true;
                    break;
            }
        }
    }

    private static LadderStep TwinOf(LadderStep step, long arrivalNanoseconds) => new(step.Kind, step.Side, step.TimeNanoseconds)
    {
        Order = step.Order,
        DepartureNanoseconds = step.DepartureNanoseconds,
        ArrivalNanoseconds = arrivalNanoseconds,
        PacketNumber = step.PacketNumber,
        Serial = step.Serial,
        Frame = step.Frame,
        Number = step.Number,
        Offset = step.Offset,
        Length = step.Length,
        Transmission = step.Transmission,
        IsLinkCopy = true,
        Cause = step.Cause,
        NextOffset = step.NextOffset,
        NextFrame = step.NextFrame,
        WindowStart = step.WindowStart,
        WindowNext = step.WindowNext,
        AnsweredFrame = step.AnsweredFrame,
        Says = step.Says,
        AnsweredReception = step.AnsweredReception,
        Fate = LadderFate.Arrived,
    };

    /// <summary>The copy of a datagram that arrives at a time, if it waits for that.</summary>
    private static LadderStep? Arriving(LadderStep? step, long timeNanoseconds)
    {
        while (step is not null && (step.IsResolved || step.ArrivalNanoseconds != timeNanoseconds))
        {
            step = step.Twin;
        }

        return step;
    }

    private static ReplacedCopyFate FateOf(LadderStep? replaced, long nowNanoseconds)
    {
        var fate = ReplacedCopyFate.Unknown;
        for (LadderStep? copy = replaced; copy is not null; copy = copy.Twin)
        {
            switch (copy.Reception)
            {
                case LadderReception.OutOfOrder or LadderReception.NoRoom:
                    return ReplacedCopyFate.Discarded;
                case LadderReception.InOrder or LadderReception.KeptAhead or LadderReception.Duplicate:
                    return FateOfAnswer(replaced!.Answer, nowNanoseconds);
                default:
                    break;
            }

            fate = copy.Fate switch
            {
                LadderFate.Arrived => ReplacedCopyFate.UnderWay,
                LadderFate.Damaged when fate == ReplacedCopyFate.Unknown => ReplacedCopyFate.Damaged,
                LadderFate.Lost => ReplacedCopyFate.Lost,
                _ => fate,
            };
        }

        return fate;
    }

    private static ReplacedCopyFate FateOfAnswer(LadderStep? answer, long nowNanoseconds) => answer switch
    {
        null => ReplacedCopyFate.Unknown,
        { Fate: LadderFate.Lost or LadderFate.Damaged } => ReplacedCopyFate.AcknowledgementLost,
        _ when answer.ArrivalNanoseconds >= nowNanoseconds => ReplacedCopyFate.AcknowledgementUnderWay,
        _ => ReplacedCopyFate.Unknown,
    };

    private static LadderReception ReceptionOf(in TraceEvent received, long expected) => received.Kind switch
    {
        TraceEventKind.FrameDuplicate => LadderReception.Duplicate,
        TraceEventKind.FrameDiscarded when received.Cause == TraceCause.OutOfOrder => LadderReception.OutOfOrder,
        TraceEventKind.FrameDiscarded => LadderReception.NoRoom,
        _ => received.Offset < expected || received.Length == 0 ? LadderReception.InOrder : LadderReception.KeptAhead,
    };

    private static TraceSide Other(TraceSide side) => side == TraceSide.Client ? TraceSide.Server : TraceSide.Client;

    private static LadderStep Resolved(LadderStep step)
    {
        step.IsResolved = true;
        return step;
    }

    private static LadderStep Departure(LadderStepKind kind, in TraceEvent sent) => new(kind, sent.Side, sent.TimeNanoseconds)
    {
        DepartureNanoseconds = sent.TimeNanoseconds,
        PacketNumber = sent.PacketNumber,
        Length = sent.Length,
        Cause = sent.Cause,
    };

    private static LadderStep Arrival(LadderStepKind kind, in TraceEvent received) => new(
        kind, Other(received.Side), received.TimeNanoseconds)
    {
        ArrivalNanoseconds = received.TimeNanoseconds,
        PacketNumber = received.PacketNumber,
        Length = received.Length,
        Cause = received.Cause,
        Fate = LadderFate.Arrived,
    };

    private LadderLane LaneOf(TraceSide side) => side == TraceSide.Client ? _clientLane : _serverLane;

    private void Describe(LadderStep step, in TraceEvent acknowledgement, LadderLane data)
    {
        step.Serial = acknowledgement.Value;
        step.NextOffset = acknowledgement.Offset;
        step.NextFrame = FramesUpTo(acknowledgement.Offset);
        if (data.LastReceived.PacketNumber == acknowledgement.PacketNumber)
        {
            (_, step.AnsweredFrame, step.AnsweredReception) = data.LastReceived;
        }
        else if (data.Frame(acknowledgement.PacketNumber) is { } answered)
        {
            step.AnsweredFrame = answered.Frame;
            step.AnsweredReception = answered.Reception;
        }

        step.Says = _answers;
        step.Number = NumberOf(step.Says == AnswerKind.Individual ? step.AnsweredFrame : step.NextFrame);
    }

    private long FrameOf(in TraceEvent frame) => frame.FrameIndex != TraceEvent.NotApplicable || _frameSize == 0 || frame.Offset < 0
        ? frame.FrameIndex
        : frame.Offset / _frameSize;

    private long NumberOf(long frame) => _numbers == 0 ? TraceEvent.NotApplicable : frame % _numbers;

    private long FramesUpTo(long offset) => _frameSize == 0 ? TraceEvent.NotApplicable : (offset + _frameSize - 1) / _frameSize;

    private void MarkIfShown(in TraceEvent marked)
    {
        LadderStepKind? kind = marked.Kind switch
        {
            TraceEventKind.TimerFired => LadderStepKind.TimerFired,
            TraceEventKind.FrameCorrupted when !SeesEverything => LadderStepKind.DamagedArrival,
            TraceEventKind.ConnectionClosed => LadderStepKind.Ended,
            _ => null,
        };
        if (kind is not null)
        {
            Drain(marked.TimeNanoseconds);
            Mark(kind.Value, marked);
        }
    }

    private void Mark(LadderStepKind kind, in TraceEvent marked) => Hold(Resolved(new LadderStep(kind, marked.Side, marked.TimeNanoseconds)
    {
        Cause = marked.Cause,
        PacketNumber = marked.PacketNumber,
        Offset = marked.Offset,
        Frame = FrameOf(marked),
        Length = marked.Length,
    }));

    private void Send(LadderLane lane, LadderStep step)
    {
        lane.Leave(step);
        Hold(step);
    }

    private void Hold(LadderStep step)
    {
        step.Order = _order;
        _held.Enqueue(step);
        if (_held.Count > MostHeld)
        {
            HandOver(_held.Dequeue());
        }
    }

    /// <summary>Hands over what is known, up to the first step that is not. Who did not react by now to what reached it does not.</summary>
    private void Drain(long nowNanoseconds)
    {
        _acknowledgementAtWork = null;
        while (_held.TryPeek(out LadderStep? step))
        {
            bool hasArrived = step.ArrivalNanoseconds != TraceEvent.NotApplicable && step.ArrivalNanoseconds < nowNanoseconds;
            if (!step.IsResolved && !(SeesEverything && hasArrived))
            {
                return;
            }

            HandOver(_held.Dequeue());
        }
    }

    /// <summary>A copy that was under way when it was replaced has arrived by now: if it was of use, the repetition was
    /// needless.</summary>
    private void HandOver(LadderStep step)
    {
        step.IsResolved = true;
        step.ReplacedOutcome = step.ReplacedFate == ReplacedCopyFate.UnderWay
            && step.Replaced!.Reception is LadderReception.OutOfOrder or LadderReception.NoRoom
            ? ReplacedCopyFate.Discarded : step.ReplacedFate;
        step.Replaced = null;
        _output.Take(step);
    }
}

using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// Keeps account of every transmission from the trace of an engine: each leaves the account once, as acknowledged or as lost, a
/// repetition says why and of which copy, and a measured round trip is one that the path can have.
/// </summary>
internal sealed class TransmissionLedger(ArqMode mode, long shortestRoundTripNs) : ITraceSink
{
    private const int Sides = 2;
    private readonly HashSet<long>[] _outstanding = [[], []];
    private readonly HashSet<long>[] _lost = [[], []];
    private readonly long[] _lastSent = [-1, -1];

    /// <summary>Violations are kept and thrown between events: an engine must not see an exception from its sink.</summary>
    public PropertyViolationException? Violation { get; private set; }

    public void Record(in TraceEvent traceEvent)
    {
        int side = (int)traceEvent.Side;
        if (side >= Sides)
        {
            return;
        }

        switch (traceEvent.Kind)
        {
            case TraceEventKind.FrameRetransmitted:
                CheckRepetition(traceEvent, side);
                Send(traceEvent.PacketNumber, side);
                break;
            case TraceEventKind.FrameSent:
            case TraceEventKind.ProbeSent:
                Send(traceEvent.PacketNumber, side);
                break;
            case TraceEventKind.FrameLost:
                Require(_outstanding[side].Remove(traceEvent.PacketNumber), Property.EachTransmissionIsSettledOnce, traceEvent);
                _lost[side].Add(traceEvent.PacketNumber);
                break;
            case TraceEventKind.FrameAcknowledged:
                Require(
                    _outstanding[side].Remove(traceEvent.PacketNumber) || mode != ArqMode.SelectiveRepeat,
                    Property.EachTransmissionIsSettledOnce,
                    traceEvent);
                break;
            case TraceEventKind.LossSpurious:
                Require(_lost[side].Remove(traceEvent.PacketNumber), Property.EachTransmissionIsSettledOnce, traceEvent);
                _outstanding[side].Add(traceEvent.PacketNumber); // it was there all the time; its acknowledgement follows
                break;
            case TraceEventKind.RoundTripMeasured:
                Require(traceEvent.Value >= shortestRoundTripNs, Property.RoundTripsArePossible, traceEvent);
                break;
            default:
                break;
        }
    }

    private void CheckRepetition(in TraceEvent traceEvent, int side)
    {
        bool isExplained = traceEvent.Cause != TraceCause.None
            && traceEvent.ReplacedPacketNumber >= 0
            && traceEvent.ReplacedPacketNumber <= _lastSent[side];
        Require(isExplained, Property.RetransmissionsNameCauseAndCopy, traceEvent);
    }

    private void Send(long packetNumber, int side)
    {
        _outstanding[side].Add(packetNumber);
        _lastSent[side] = packetNumber;
    }

    private void Require(bool holds, Property property, in TraceEvent traceEvent)
    {
        if (!holds)
        {
            Violation ??= new PropertyViolationException(property, traceEvent.ToString());
        }
    }
}

using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>
/// Go-back-N with the one timer of a common textbook: it starts with the first frame in flight, and anew with every acknowledgement of
/// something new (RFC 6298, section 5). So a loss is found up to a cycle later than by the age of the oldest frame.
/// </summary>
internal sealed class RestartedTimerSender(SendCore core) : FixedFrameSender(core)
{
    private long _startedNs;

    public override long TimeoutDeadlineNs => HasFrameInFlight ? _startedNs + TimeoutNs : base.TimeoutDeadlineNs;

    public override void OnSent(in FrameChoice choice, long packetNumber, long nowNs)
    {
        _startedNs = HasFrameInFlight ? _startedNs : nowNs;
        base.OnSent(choice, packetNumber, nowNs);
    }

    public override ArqCloseCode OnAck(in AckPacket ack, bool isNewest, long nowNs)
    {
        long before = Core.Stream.Unacknowledged;
        ArqCloseCode broken = base.OnAck(ack, isNewest, nowNs);
        _startedNs = Core.Stream.Unacknowledged > before ? nowNs : _startedNs;
        return broken;
    }
}

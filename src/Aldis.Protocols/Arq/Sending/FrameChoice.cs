using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>The frame a strategy wants to send next.</summary>
internal struct FrameChoice
{
    public long Offset;
    public int Length;
    public bool IsFin;
    public bool IsRetransmission;

    /// <summary>Sent because a probe time-out fired: goes out although the window is full, and asks for an answer.</summary>
    public bool IsProbe;
    public TraceCause Cause;

    /// <summary>The frame's number where frames are fixed, else -1.</summary>
    public long Frame;
    public long ReplacedPacketNumber;

    public readonly long End => Offset + Length + (IsFin ? 1 : 0);
}

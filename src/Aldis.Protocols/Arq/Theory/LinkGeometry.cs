namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// A link and a frame as the closed forms see them. Losses are independent, from 0 up to but not including 1; times are seconds,
/// sizes bytes. The link carries frames one way and acknowledgements the other, each way with its own rate.
/// </summary>
internal sealed record LinkGeometry
{
    /// <summary>Bytes that a DATA datagram carries beside its payload: 28 of ours, 28 of UDP and IPv4.</summary>
    public const int DataHeaderBytes = 56;

    /// <summary>Bytes of an acknowledgement without further ranges on the link: 53 of ours, 28 of UDP and IPv4.</summary>
    public const int AcknowledgementBytes = 81;

    /// <summary>Payload of a frame, L.</summary>
    public required int PayloadBytes { get; init; }

    /// <summary>Everything else in a frame's datagram, H.</summary>
    public int HeaderBytes { get; init; } = DataHeaderBytes;

    /// <summary>An acknowledgement's datagram, A.</summary>
    public int ReplyBytes { get; init; } = AcknowledgementBytes;

    /// <summary>Bits per second in each direction, R.</summary>
    public required double BitsPerSecond { get; init; }

    /// <summary>Propagation one way, τ.</summary>
    public required double DelaySeconds { get; init; }

    /// <summary>Share of frames lost, p_f.</summary>
    public double FrameLoss { get; init; }

    /// <summary>Share of acknowledgements lost, p_a.</summary>
    public double ReplyLoss { get; init; }

    /// <summary>Time between a frame's arrival and the departure of its acknowledgement, T_proc.</summary>
    public double ProcessingSeconds { get; init; }

    /// <summary>Time a frame needs to leave, T_f = (L + H) / R.</summary>
    public double FrameSeconds => (PayloadBytes + HeaderBytes) * 8 / BitsPerSecond;

    /// <summary>Time an acknowledgement needs to leave, T_a = A / R.</summary>
    public double ReplySeconds => ReplyBytes * 8 / BitsPerSecond;

    /// <summary>From the start of a frame to the arrival of its acknowledgement, S = T_f + 2τ + T_a + T_proc.</summary>
    public double CycleSeconds => FrameSeconds + (2 * DelaySeconds) + ReplySeconds + ProcessingSeconds;

    /// <summary>Frames that leave during one cycle, K = S / T_f.</summary>
    public double CycleFrames => CycleSeconds / FrameSeconds;

    /// <summary>Probability that a frame and its acknowledgement do not both arrive, P = 1 − (1 − p_f)(1 − p_a).</summary>
    public double RoundLoss => 1 - ((1 - FrameLoss) * (1 - ReplyLoss));

    /// <summary>Share of a datagram's bits on the link that is payload, L / (L + H).</summary>
    public double PayloadShare => PayloadBytes / (double)(PayloadBytes + HeaderBytes);

    /// <summary>No protocol without forward error correction delivers more: R · (1 − p_f) · L / (L + H), in bits per second.</summary>
    public double CapacityBitsPerSecond => BitsPerSecond * (1 - FrameLoss) * PayloadShare;
}

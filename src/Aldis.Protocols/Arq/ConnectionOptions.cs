using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Arq;

/// <summary>How one connection works. Both sides' limits are compared at the start and the smaller holds (docs/arq.md, PARAMS).</summary>
internal sealed record ConnectionOptions
{
    /// <summary>The most frames a window may have.</summary>
    public const int LargestWindowFrames = 1 << 20;

    /// <summary>The strategy.</summary>
    public ArqMode Mode { get; init; }

    /// <summary>Payload bytes of a frame, 1 to 65,479, or 0 to fill datagrams (selective repeat only; stop-and-wait and go-back-N then
    /// take the listener's, or 1,024 or what its datagrams hold).</summary>
    public int FrameSize { get; init; }

    /// <summary>Whether another <see cref="FrameSize"/> will do: the one the listener names, or what its datagrams hold. If not, a
    /// listener that cannot grant it refuses the connection. A frame size that was left out always yields.</summary>
    public bool FrameSizeYields { get; init; }

    /// <summary>Frames between the oldest unacknowledged and the newest, 1 to 2^20 (stop-and-wait: always 1).</summary>
    public int WindowFrames { get; init; } = 65_536;

    /// <summary>The largest datagram to try, 128 to 65,507 bytes.</summary>
    public int MaxDatagramSize { get; init; } = 1_472;

    /// <summary>Whether larger datagrams than 1,200 bytes are proven by probes first (RFC 8899). Off: they are used at once.</summary>
    public bool MtuProbing { get; init; } = true;

    /// <summary>Credit granted at the start, in bytes.</summary>
    public long InitialWindowBytes { get; init; } = 256 << 10;

    /// <summary>Credit the receiver may grow to, in bytes, at most 1 GiB.</summary>
    public long MaxWindowBytes { get; init; } = 128L << 20;

    /// <summary>Bytes at most that <see cref="ArqConnection.Write"/> holds until they are acknowledged.</summary>
    public long SendBufferBytes { get; init; } = 128L << 20;

    /// <summary>Longest silence of the peer, in nanoseconds.</summary>
    public long IdleTimeoutNs { get; init; } = 60_000_000_000;

    /// <summary>Silence after which we ask the peer to answer, in nanoseconds; 0 never asks. Not below 15 s on a shared network (RFC
    /// 8085).</summary>
    public long KeepAliveNs { get; init; }

    /// <summary>Longest time data may stay unacknowledged, in nanoseconds.</summary>
    public long UserTimeoutNs { get; init; } = 60_000_000_000;

    /// <summary>Longest time for a connection to come about, in nanoseconds.</summary>
    public long ConnectTimeoutNs { get; init; } = 30_000_000_000;

    /// <summary>Longest time an acknowledgement is held back, in nanoseconds, at most 0.65 s. Selective repeat only.</summary>
    public long MaxAckDelayNs { get; init; } = 1_000_000;

    /// <summary>Unacknowledged packets that an end of a receive batch acknowledges at once, 1 to 64. Selective repeat only.</summary>
    public int AckEvery { get; init; } = 2;

    /// <summary>Selective repeat with fixed frames and the fixed window of <see cref="CongestionProfile.Lab"/>: whether each frame has a
    /// timer of its own, as in the textbook, instead of the loss detection that networks want. Each side's own; the wire shows nothing
    /// of it.</summary>
    public bool FrameTimers { get; init; }

    /// <summary>The retransmission timer of stop-and-wait, go-back-N and <see cref="FrameTimers"/>. Of it, selective repeat with loss
    /// detection takes, with the fixed window of <see cref="CongestionProfile.Lab"/>, whether its probe time-out is backed off.</summary>
    public RetransmissionPolicy Retransmission { get; init; } = RetransmissionPolicy.Shared;

    /// <summary>Go-back-N: whether an acknowledgement that shows a gap rewinds at once (REJ), instead of the timer alone.</summary>
    public bool RejectRewinds { get; init; }

    /// <summary>Go-back-N with the fixed window of <see cref="CongestionProfile.Lab"/>: whether each acknowledgement of something new starts
    /// the timer anew, as in a common textbook, instead of its being the age of the oldest frame. Each side's own; the wire shows nothing of it.</summary>
    public bool RestartsTimer { get; init; }

    /// <summary>Whether the strategy is <see cref="Sending.RestartedTimerSender"/>'s: asked for, and with all that it needs.</summary>
    public bool HasRestartedTimer => this is { RestartsTimer: true, Mode: ArqMode.GoBackN, Congestion: CongestionProfile.Lab };

    /// <summary>Whether the strategy is <see cref="Sending.FrameTimerSender"/>'s: asked for, and with all that it needs.</summary>
    public bool HasFrameTimers => this is
    {
        FrameTimers: true, Mode: ArqMode.SelectiveRepeat, Congestion: CongestionProfile.Lab, FrameSize: > 0,
    };

    /// <summary>How we choose our rate. Stop-and-wait has one frame in flight whatever is chosen.</summary>
    public CongestionProfile Congestion { get; init; }

    /// <summary>How the client asks the server to choose its rate.</summary>
    public CongestionProfile PeerCongestion { get; init; }

    /// <summary>Whether packets are spread over the round trip; never in <see cref="CongestionProfile.Lab"/>.</summary>
    public bool Pacing { get; init; } = true;

    /// <summary>Whether each <see cref="ArqConnection.Write"/> ends a frame, instead of a full frame being waited for.</summary>
    public bool FlushEachWrite { get; init; }

    /// <summary>Stop-and-wait as in the laboratory: adaptive timer without back-off.</summary>
    /// <param name="frameSize">Payload bytes of a frame.</param>
    /// <returns>The options.</returns>
    public static ConnectionOptions StopAndWait(int frameSize) => Lab(ArqMode.StopAndWait, frameSize, 1);

    /// <summary>Go-back-N as in the laboratory: fixed window, adaptive timer without back-off.</summary>
    /// <param name="frameSize">Payload bytes of a frame.</param>
    /// <param name="windowFrames">Frames of the window.</param>
    /// <returns>The options.</returns>
    public static ConnectionOptions GoBackN(int frameSize, int windowFrames) => Lab(ArqMode.GoBackN, frameSize, windowFrames);

    /// <summary>Selective repeat as in the laboratory: fixed window, fixed frames.</summary>
    /// <param name="frameSize">Payload bytes of a frame.</param>
    /// <param name="windowFrames">Frames of the window.</param>
    /// <returns>The options.</returns>
    public static ConnectionOptions SelectiveRepeat(int frameSize, int windowFrames)
        => Lab(ArqMode.SelectiveRepeat, frameSize, windowFrames);

    /// <summary>Selective repeat as in the textbook: fixed window, fixed frames, each with a timer of its own.</summary>
    /// <param name="frameSize">Payload bytes of a frame.</param>
    /// <param name="windowFrames">Frames of the window.</param>
    /// <returns>The options.</returns>
    public static ConnectionOptions SelectiveRepeatWithFrameTimers(int frameSize, int windowFrames)
        => SelectiveRepeat(frameSize, windowFrames) with { FrameTimers = true };

    private static ConnectionOptions Lab(ArqMode mode, int frameSize, int windowFrames) => new()
    {
        Mode = mode,
        FrameSize = frameSize,
        WindowFrames = windowFrames,
        Congestion = CongestionProfile.Lab,
        PeerCongestion = CongestionProfile.Lab,
        Retransmission = RetransmissionPolicy.Auto,
        AckEvery = 1,
        MtuProbing = false,
        MaxDatagramSize = DatagramLimits.MaxPayload,
    };
}

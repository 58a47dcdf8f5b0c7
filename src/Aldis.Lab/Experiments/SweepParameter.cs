namespace Aldis.Lab.Experiments;

/// <summary>What a sweep varies.</summary>
public enum SweepParameter : byte
{
    /// <summary>Share of frames, and of acknowledgements unless they have a share of their own, that the link loses: from 0 to
    /// 0.9.</summary>
    Loss = 0,

    /// <summary>Frames that may be unacknowledged; stop-and-wait keeps its 1.</summary>
    Window = 1,

    /// <summary>Propagation one way, in nanoseconds.</summary>
    Delay = 2,

    /// <summary>Payload bytes of a frame.</summary>
    FrameSize = 3,
}

namespace Aldis.Lab.Grading;

/// <summary>What happened in a trace.</summary>
internal enum GradedEventKind
{
    /// <summary>A frame left its sender.</summary>
    FrameSent,

    /// <summary>A frame arrived at the receiver.</summary>
    FrameArrived,

    /// <summary>An acknowledgement left the receiver.</summary>
    AckSent,

    /// <summary>An acknowledgement arrived at the sender.</summary>
    AckArrived,

    /// <summary>A timer of the sender fired.</summary>
    TimerFired,

    /// <summary>The receiver handed a frame on.</summary>
    Delivered,
}

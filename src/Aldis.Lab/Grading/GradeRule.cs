namespace Aldis.Lab.Grading;

/// <summary>A rule that a sender or a receiver keeps; what it says in words is in <see cref="GradeRules"/>.</summary>
internal enum GradeRule
{
    /// <summary>The window fits the numbers that frames have.</summary>
    Numbers,

    /// <summary>Sender: no frame is skipped.</summary>
    InOrder,

    /// <summary>Sender: no frame leaves beyond the window.</summary>
    Window,

    /// <summary>Sender: nothing goes again before its time-out.</summary>
    Early,

    /// <summary>Sender: what is not acknowledged goes again after its time-out.</summary>
    Again,

    /// <summary>Sender: nothing goes again that was acknowledged.</summary>
    Acknowledged,

    /// <summary>Sender: after a time-out everything from the oldest frame on goes again, in order. Of go-back-N alone.</summary>
    GoBack,

    /// <summary>Sender: a frame carries the same bytes each time. Judged where the bytes were seen.</summary>
    SameBytes,

    /// <summary>Receiver: each frame that comes is answered, one that comes again too.</summary>
    Answered,

    /// <summary>Receiver: an acknowledgement speaks of nothing that did not come.</summary>
    AckAhead,

    /// <summary>Receiver: an acknowledgement speaks of everything that came.</summary>
    AckBehind,

    /// <summary>Receiver: each frame is delivered once and in order.</summary>
    Delivery,

    /// <summary>Both: each datagram has the form that was agreed. Judged where datagrams are seen.</summary>
    Form,

    /// <summary>The trace: nothing arrives that was not sent.</summary>
    SentBefore,

    /// <summary>Both: in the end everything has arrived and is acknowledged. Judged where every other rule was kept.</summary>
    Complete,
}

namespace Aldis.Lab.Exercises;

/// <summary>An exercise for a class, each with figures that are drawn for each student.</summary>
internal enum ExerciseName
{
    /// <summary>How much of a link stop-and-wait uses, and what a window would.</summary>
    Efficiency,

    /// <summary>A frame is lost in go-back-N.</summary>
    LostFrame,

    /// <summary>An acknowledgement is lost: in stop-and-wait, and where it is cumulative.</summary>
    LostAck,

    /// <summary>A timer that is shorter than the round trip.</summary>
    Timeout,

    /// <summary>How large a window may be for the numbers that frames have.</summary>
    Numbers,
}

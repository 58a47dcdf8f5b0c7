namespace Aldis.Lab.Ladder;

/// <summary>What the side that an arrow reached did with it.</summary>
internal enum LadderReception : byte
{
    /// <summary>Nothing that is known.</summary>
    None = 0,

    /// <summary>A frame: the one that was expected; taken.</summary>
    InOrder = 1,

    /// <summary>A frame: ahead of a gap; kept until the gap is filled.</summary>
    KeptAhead = 2,

    /// <summary>A frame: already there; dropped.</summary>
    Duplicate = 3,

    /// <summary>A frame: ahead of a gap, and the strategy keeps nothing out of order; dropped.</summary>
    OutOfOrder = 4,

    /// <summary>A frame: beyond the window or without room; dropped.</summary>
    NoRoom = 5,

    /// <summary>An acknowledgement: the window moved.</summary>
    Progress = 6,

    /// <summary>An acknowledgement: a frame behind a gap is known to have arrived; the window stays.</summary>
    Selective = 7,

    /// <summary>An acknowledgement: nothing new.</summary>
    Stale = 8,
}

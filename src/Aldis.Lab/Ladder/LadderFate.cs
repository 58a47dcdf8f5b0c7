namespace Aldis.Lab.Ladder;

/// <summary>What became of an arrow.</summary>
internal enum LadderFate : byte
{
    /// <summary>Not known: nobody who saw it says.</summary>
    Unknown = 0,

    /// <summary>It arrived unharmed.</summary>
    Arrived = 1,

    /// <summary>The link lost it.</summary>
    Lost = 2,

    /// <summary>It arrived damaged, which its checksum showed, and was dropped.</summary>
    Damaged = 3,

    /// <summary>It was still under way when the observation ended.</summary>
    UnderWay = 4,

    /// <summary>Its sender learned that it arrived; when, only the receiver knows.</summary>
    Confirmed = 5,

    /// <summary>Its sender gave it up; whether it was lost is not known.</summary>
    GivenUp = 6,
}

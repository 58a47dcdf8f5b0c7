namespace Aldis.Lab.Ladder;

/// <summary>What happens in a moment of a ladder.</summary>
internal enum LadderMomentKind : byte
{
    /// <summary>An arrow leaves; what will become of it nobody can know yet.</summary>
    Departure = 0,

    /// <summary>The link loses an arrow; neither side learns of it.</summary>
    Loss = 1,

    /// <summary>An arrow arrives.</summary>
    Arrival = 2,

    /// <summary>Something happens at one side alone.</summary>
    Mark = 3,
}

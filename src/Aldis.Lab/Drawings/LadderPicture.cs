using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>Everything that a picture or page of a ladder shows.</summary>
internal sealed record LadderPicture
{
    /// <summary>What it is of, in a few words.</summary>
    public required string Heading { get; init; }

    /// <summary>Lines under the heading.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The command that makes it again.</summary>
    public required string Command { get; init; }

    /// <summary>The table above the ladder: a name and a value in each row.</summary>
    public required IReadOnlyList<(string Name, string Value)> Facts { get; init; }

    /// <summary>The steps, and how many did not fit.</summary>
    public required PictureSteps Steps { get; init; }

    /// <summary>How times are written.</summary>
    public required LadderClock Clock { get; init; }

    /// <summary>Says in plain words what happens in a step.</summary>
    public required Func<LadderStep, string> Explain { get; init; }

    /// <summary>What stands over the two lifelines.</summary>
    public (string Client, string Server) Sides { get; init; } = ("sender (client)", "receiver (server)");
}

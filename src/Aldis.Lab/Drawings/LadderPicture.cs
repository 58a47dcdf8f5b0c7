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

    /// <summary>Says in plain words what happens in a moment: what its side sees, and what neither side can know. To be asked for each
    /// moment once, in order: what was said before is not repeated.</summary>
    public required Func<LadderMoment, (string Seen, string Hidden)> Explain { get; init; }

    /// <summary>Frames that may be unacknowledged.</summary>
    public required int WindowFrames { get; init; }

    /// <summary>Frames in all.</summary>
    public required long Frames { get; init; }

    /// <summary>Whether time is in proportion throughout.</summary>
    public bool IsToScale { get; init; }

    /// <summary>What stands over the two lifelines.</summary>
    public (string Client, string Server) Sides { get; init; } = ("sender (client)", "receiver (server)");
}

namespace Aldis.Cli.Verbs.Lab;

/// <summary>What a run shows.</summary>
/// <param name="AsJson">Objects for programs instead of text.</param>
/// <param name="Explains">A paragraph under each arrow.</param>
/// <param name="ShowsAll">Nothing is folded.</param>
/// <param name="IsQuiet">The table alone.</param>
internal sealed record LabShow(bool AsJson, bool Explains, bool ShowsAll, bool IsQuiet)
{
    /// <summary>What is drawn, or null.</summary>
    public LabPictures? Pictures { get; init; }

    /// <summary>Whether the ladder is printed as text.</summary>
    public bool HasText => !AsJson && !IsQuiet && Pictures is not { IsMermaid: true };

    /// <summary>Whether the table is printed.</summary>
    public bool HasTable => !AsJson && Pictures is not { IsMermaid: true };
}

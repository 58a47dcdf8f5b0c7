namespace Aldis.Cli.Verbs.Lab;

/// <summary>What a run shows.</summary>
/// <param name="AsJson">Objects for programs instead of text.</param>
/// <param name="Explains">A paragraph under each arrow.</param>
/// <param name="ShowsAll">Nothing is folded.</param>
/// <param name="IsQuiet">The table alone.</param>
internal sealed record LabShow(bool AsJson, bool Explains, bool ShowsAll, bool IsQuiet);

namespace Aldis.Protocols.Impairment;

/// <summary>What becomes of the next bytes of a stream.</summary>
internal readonly record struct StreamPiece
{
    /// <summary>How many of them are meant, from the first; 0 where none passes any more.</summary>
    public int Length { get; init; }

    /// <summary>When they arrive, and what is damaged of them.</summary>
    public LinkCopy Copy { get; init; }

    /// <summary>What chance decided, of which that follows.</summary>
    public LinkVerdict Verdict { get; init; }

    /// <summary>How the stream breaks when they have arrived; null if it goes on.</summary>
    public StreamBreakKind? Break { get; init; }
}

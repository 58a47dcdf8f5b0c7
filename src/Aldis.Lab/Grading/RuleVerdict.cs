namespace Aldis.Lab.Grading;

/// <summary>How often a rule could be broken and how often it was.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Occasions">How often.</param>
/// <param name="Breaches">How often it was broken.</param>
/// <param name="Line">Where it was broken first; 0 if it was not.</param>
/// <param name="Detail">What happened there, as a sentence; empty if it was not.</param>
internal sealed record RuleVerdict(GradeRule Rule, long Occasions, long Breaches, long Line, string Detail)
{
    /// <summary>When it was broken first, in nanoseconds; or <see cref="GradedEvent.Unknown"/>.</summary>
    public long TimeNanoseconds { get; init; } = GradedEvent.Unknown;

    /// <summary>Whether it gives a mark, or could have given one.</summary>
    public bool Counts => Occasions > 0;

    /// <summary>Whether it was kept each time.</summary>
    public bool IsKept => Breaches == 0;
}

namespace Aldis.Lab.Grading;

/// <summary>A trace as it was read.</summary>
/// <param name="Terms">What it is judged by.</param>
/// <param name="Events">What happened, in order of time.</param>
/// <param name="Lines">Lines that were read.</param>
internal sealed record ProtocolTrace(GradeTerms Terms, IReadOnlyList<GradedEvent> Events, long Lines)
{
    /// <summary>Judges it.</summary>
    public GradeReport Grade()
    {
        var grader = new ProtocolGrader(Terms);
        foreach (GradedEvent what in Events)
        {
            grader.Take(what);
        }

        grader.Complete(Lines, Events.Count > 0 ? Events[^1].TimeNanoseconds : GradedEvent.Unknown);
        return new GradeReport(Terms, grader.Verdicts);
    }
}

namespace Aldis.Postgres.Sessions;

/// <summary>What came of storing a batch.</summary>
/// <param name="Verdict">What became of the statement.</param>
/// <param name="Taken">Whose messages it stored, by their place in the batch; empty unless it is committed.</param>
/// <param name="Problem">Why not, as a sentence without its period; null where it is committed.</param>
internal readonly record struct AppendAnswer(AppendVerdict Verdict, IReadOnlyList<bool> Taken, string? Problem)
{
    /// <summary>It is not committed, or nobody knows.</summary>
    public static AppendAnswer Not(AppendVerdict verdict, string problem) => new(verdict, [], problem);
}

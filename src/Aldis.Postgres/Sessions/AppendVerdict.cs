namespace Aldis.Postgres.Sessions;

/// <summary>What became of a statement.</summary>
internal enum AppendVerdict
{
    /// <summary>It is committed, and proved to be as safe as the level says.</summary>
    Committed,

    /// <summary>The database refused it: it stored nothing and never will.</summary>
    NotStored,

    /// <summary>Nobody knows: never acknowledged, and not sent again on the same epoch.</summary>
    Unknown,
}

using Aldis.Postgres.Queueing;

namespace Aldis.Postgres.Sessions;

/// <summary>What came of a claim or a renewal.</summary>
/// <param name="Grant">The lease; null if there is none.</param>
/// <param name="IsLost">Whether somebody else has it, which only a renewal can find.</param>
/// <param name="Problem">Why nobody knows, as a sentence without its period; null otherwise.</param>
internal readonly record struct ClaimAnswer(LeaseGrant? Grant, bool IsLost, string? Problem)
{
    /// <summary>Somebody else has the lease.</summary>
    public static ClaimAnswer Lost => new(null, IsLost: true, null);

    /// <summary>Nobody knows: nothing is answered with it.</summary>
    public static ClaimAnswer Unknown(string problem) => new(null, IsLost: false, problem);
}

using Aldis.Postgres.Addresses;

namespace Aldis.Postgres.Sessions;

/// <summary>What a node says of itself.</summary>
/// <param name="Host">Where it is.</param>
/// <param name="Timeline">The timeline it writes; null where it is in recovery, and so writes nothing.</param>
/// <param name="Problem">Why it did not answer, as a sentence without its period; null where it did.</param>
internal readonly record struct NodeAnswer(StoreHost Host, uint? Timeline, string? Problem);

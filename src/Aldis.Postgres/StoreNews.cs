namespace Aldis.Postgres;

/// <summary>What became of the way to a database.</summary>
/// <param name="IsReady">Whether messages can be stored now.</param>
/// <param name="Sentence">Where they are written to, or why they cannot be stored: a sentence without its full stop.</param>
public readonly record struct StoreNews(bool IsReady, string Sentence);

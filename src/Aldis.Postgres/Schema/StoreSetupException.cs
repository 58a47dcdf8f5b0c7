namespace Aldis.Postgres.Schema;

/// <summary>A store cannot be made or brought up to date; the message says why, and what to do.</summary>
/// <param name="message">The sentence.</param>
/// <param name="isReachable">Whether the database answered.</param>
internal sealed class StoreSetupException(string message, bool isReachable = true) : IOException(message)
{
    /// <summary>Whether the database answered.</summary>
    public bool IsReachable { get; } = isReachable;
}

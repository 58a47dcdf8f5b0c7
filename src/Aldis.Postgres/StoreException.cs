namespace Aldis.Postgres;

/// <summary>What was asked of a store cannot be done; the message says why, and what to do.</summary>
/// <param name="message">The sentence.</param>
/// <param name="isReachable">Whether the database answered.</param>
internal sealed class StoreException(string message, bool isReachable = true) : IOException(message)
{
    /// <summary>Whether the database answered.</summary>
    public bool IsReachable { get; } = isReachable;
}

namespace Aldis.Postgres;

/// <summary>What was asked of a store cannot be done; the message says why, and what to do.</summary>
internal sealed class StoreException : IOException
{
    /// <summary>Says why.</summary>
    /// <param name="message">The sentence.</param>
    /// <param name="isReachable">Whether the database answered.</param>
    public StoreException(string message, bool isReachable = true)
        : base(message) => IsReachable = isReachable;

    /// <summary>Says why; the database answered.</summary>
    /// <param name="message">The sentence.</param>
    /// <param name="inner">What it answered.</param>
    public StoreException(string message, Exception inner)
        : base(message, inner) => IsReachable = true;

    /// <summary>Whether the database answered.</summary>
    public bool IsReachable { get; }
}

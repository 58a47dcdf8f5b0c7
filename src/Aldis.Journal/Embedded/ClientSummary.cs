namespace Aldis.Journal.Embedded;

/// <summary>What a journal holds of a client with an id.</summary>
internal sealed record ClientSummary
{
    /// <summary>The client's id.</summary>
    public required string Client { get; init; }

    /// <summary>Its mark: the highest number that was stored of it.</summary>
    public required long Last { get; init; }

    /// <summary>How many of its messages are left in the journal.</summary>
    public required long Messages { get; init; }

    /// <summary>
    /// When its last message was received, where that is left; otherwise no later than when, as far as that is remembered. By the server's
    /// clock, which may have been wrong.
    /// </summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>When its messages came, of those that are left; null where none is, or nobody asked.</summary>
    public ArrivalHabit? Arrivals { get; init; }
}

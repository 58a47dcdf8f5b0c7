namespace Aldis.Dashboard.Api;

/// <summary>A client of the journal as the API shows it.</summary>
/// <param name="Client">Its id.</param>
/// <param name="Last">The highest number that is stored of it.</param>
/// <param name="Messages">How many of its messages are left.</param>
/// <param name="LastSeen">When its last message came, as far as that is known.</param>
/// <param name="Connection">The number of the connection it has; null where it has none.</param>
internal sealed record ClientView(string Client, long Last, long Messages, DateTimeOffset? LastSeen, long? Connection);

namespace Aldis.Dashboard.Api;

/// <summary>A client of the journal as the API shows it.</summary>
/// <param name="Client">Its id.</param>
/// <param name="Last">The highest number that is stored of it.</param>
/// <param name="Messages">How many of its messages are left.</param>
/// <param name="LastSeen">When its last message came, as far as that is known.</param>
/// <param name="UsualPauseSeconds">The longest of its last pauses between messages; null where it made too few to have a habit.</param>
/// <param name="IsLate">Whether it is silent for longer than its habit: more than twice its usual pause, and at least ten seconds.</param>
/// <param name="PerQuarterHour">Messages in each quarter of an hour (by UTC) of the last day, oldest first; null where none came in it.</param>
/// <param name="Connection">The number of the connection it has; null where it has none.</param>
/// <param name="Connections">Connections it had since the server started, that one included, as far as is remembered.</param>
/// <param name="Repeats">Messages that it sent again since then, which were acknowledged again and not stored.</param>
/// <param name="Refused">Messages and files of it that were refused since then.</param>
internal sealed record ClientView(
    string Client,
    long Last,
    long Messages,
    DateTimeOffset? LastSeen,
    double? UsualPauseSeconds,
    bool IsLate,
    IReadOnlyList<int>? PerQuarterHour,
    long? Connection,
    long Connections,
    long Repeats,
    long Refused);

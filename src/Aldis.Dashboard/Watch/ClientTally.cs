namespace Aldis.Dashboard.Watch;

/// <summary>What a client has done since the server started, on connections that are over.</summary>
/// <param name="Connections">Connections it had.</param>
/// <param name="Repeats">Messages that it sent again, which were acknowledged again and not stored.</param>
/// <param name="Refused">Messages and files of it that were refused.</param>
internal readonly record struct ClientTally(long Connections, long Repeats, long Refused);

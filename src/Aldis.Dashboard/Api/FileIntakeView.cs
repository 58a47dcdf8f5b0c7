namespace Aldis.Dashboard.Api;

/// <summary>Files that a connection receives now, as the API shows it.</summary>
/// <param name="Connection">The number of the connection.</param>
/// <param name="Peer">The client's address.</param>
/// <param name="Client">The id it named; null where it named none.</param>
/// <param name="Name">The file that came last, as its sender names it; null before the first.</param>
/// <param name="Size">Bytes it will have; null where its sender does not know.</param>
/// <param name="Received">Bytes of it that are here, those of earlier attempts included.</param>
/// <param name="Files">Files of the transfer.</param>
/// <param name="Settled">Files of it of which nothing more is to come.</param>
/// <param name="TotalBytes">Bytes of all its files; null where the size of one is not known.</param>
/// <param name="DoneBytes">Bytes of its files that are settled or here.</param>
/// <param name="BytesPerSecond">How fast the connection received in the last seconds; null where that is not known yet.</param>
/// <param name="SecondsLeft">How long the rest takes at that rate; null where that is not known, or nothing comes.</param>
/// <param name="State">What the connection is at, in words: why it stands still where it does.</param>
/// <param name="Awaits">Whom it waits for: <c>client</c>, <c>server</c>, or <c>nobody</c> where it goes on.</param>
internal sealed record FileIntakeView(
    long Connection,
    string Peer,
    string? Client,
    string? Name,
    long? Size,
    long Received,
    int Files,
    int Settled,
    long? TotalBytes,
    long DoneBytes,
    double? BytesPerSecond,
    double? SecondsLeft,
    string State,
    string Awaits);

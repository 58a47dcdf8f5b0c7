namespace Aldis.Dashboard.Api;

/// <summary>An open connection as the API shows it.</summary>
/// <param name="Number">Its number since the server started.</param>
/// <param name="Peer">The client's address.</param>
/// <param name="Client">The id it named; null where it named none.</param>
/// <param name="Service">The conversation.</param>
/// <param name="Transport"><c>tcp</c>, <c>tls</c>, <c>unix</c>, <c>arq</c> or <c>arq+tls</c>.</param>
/// <param name="IsTls">Whether TLS protects it.</param>
/// <param name="OpenedAt">Since when.</param>
/// <param name="LastActivityAt">When bytes moved last, to a second.</param>
/// <param name="BytesReceived">Bytes received.</param>
/// <param name="BytesSent">Bytes sent.</param>
/// <param name="Messages">Messages taken.</param>
/// <param name="State">What it is at, in words: what it waits for, and since when.</param>
/// <param name="Awaits">Whom it waits for: <c>client</c>, <c>server</c>, or <c>nobody</c> where it goes on or rests.</param>
/// <param name="Acknowledged">How long its messages waited for their acknowledgement, the oldest one of each commit, since it opened; null
/// where that is not known.</param>
internal sealed record ConnectionView(
    long Number,
    string Peer,
    string? Client,
    string Service,
    string Transport,
    bool IsTls,
    DateTimeOffset OpenedAt,
    DateTimeOffset LastActivityAt,
    long BytesReceived,
    long BytesSent,
    long Messages,
    string State,
    string Awaits,
    TimesView? Acknowledged);

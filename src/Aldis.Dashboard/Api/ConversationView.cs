namespace Aldis.Dashboard.Api;

/// <summary>A conversation as the API shows it.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Endpoints">Where it is served, as addresses that a client can use.</param>
/// <param name="Connections">Connections that are open.</param>
/// <param name="Messages">Messages taken since the server started.</param>
/// <param name="MessagesPerSecond">Messages taken in the last second.</param>
/// <param name="BytesReceived">Bytes received since the server started.</param>
/// <param name="BytesSent">Bytes sent since the server started.</param>
/// <param name="ReceivedBytesPerSecond">Bytes received in the last second.</param>
/// <param name="SentBytesPerSecond">Bytes sent in the last second.</param>
internal sealed record ConversationView(
    string Service,
    IReadOnlyList<string> Endpoints,
    int Connections,
    long Messages,
    double MessagesPerSecond,
    long BytesReceived,
    long BytesSent,
    double ReceivedBytesPerSecond,
    double SentBytesPerSecond);

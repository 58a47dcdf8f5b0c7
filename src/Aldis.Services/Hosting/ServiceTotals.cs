namespace Aldis.Services.Hosting;

/// <summary>What the connections of one conversation have moved since the server started, those that ended included.</summary>
/// <param name="Service">The name of the conversation.</param>
/// <param name="Open">Connections that are being served now.</param>
/// <param name="Messages">Messages taken, as <see cref="OpenConnection.Messages"/> counts them.</param>
/// <param name="BytesReceived">Bytes received, those of TLS included.</param>
/// <param name="BytesSent">Bytes sent, those of TLS included.</param>
internal readonly record struct ServiceTotals(string Service, int Open, long Messages, long BytesReceived, long BytesSent)
{
    /// <summary>Adds a connection.</summary>
    /// <param name="open">1 while it is being served, 0 once it has ended.</param>
    /// <param name="counted">What it counted so far.</param>
    /// <returns>The sum.</returns>
    public ServiceTotals Plus(int open, in ConnectionCounts counted) => this with
    {
        Open = Open + open,
        Messages = Messages + counted.Messages,
        BytesReceived = BytesReceived + counted.BytesReceived,
        BytesSent = BytesSent + counted.BytesSent,
    };
}

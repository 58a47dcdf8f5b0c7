namespace Aldis.Services.Hosting;

/// <summary>What one connection has counted so far.</summary>
/// <param name="Messages">As <see cref="OpenConnection.Messages"/>.</param>
/// <param name="BytesReceived">As <see cref="OpenConnection.BytesReceived"/>.</param>
/// <param name="BytesSent">As <see cref="OpenConnection.BytesSent"/>.</param>
internal readonly record struct ConnectionCounts(long Messages, long BytesReceived, long BytesSent);

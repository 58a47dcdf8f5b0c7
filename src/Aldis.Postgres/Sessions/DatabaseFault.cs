using System.Net.Sockets;
using Npgsql;

namespace Aldis.Postgres.Sessions;

/// <summary>What went wrong with a database, in words for people.</summary>
internal static class DatabaseFault
{
    /// <summary>Describes it in a sentence without its period.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        PostgresException refusal => $"{refusal.MessageText} ({refusal.SqlState})",
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => "nobody listens there",
        { InnerException: SocketException socket } => socket.Message,
        { InnerException: TimeoutException } or TimeoutException => "no answer in time",
        { InnerException: IOException or EndOfStreamException } => "the connection broke",
        { InnerException: System.Security.Authentication.AuthenticationException tls } => $"TLS failed: {tls.Message.TrimEnd('.')}",
        _ => exception.Message.TrimEnd('.'),
    };
}

using System.Net.Sockets;
using Aldis.Transports.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Hosting;

/// <summary>Says why a connection ended, as a clause about the client.</summary>
internal static class ConnectionEnd
{
    /// <summary>What a stop is called.</summary>
    /// <param name="cause">Why the handler was asked to end.</param>
    /// <returns>Null where it was not.</returns>
    public static string? Describe(StopCause cause) => cause switch
    {
        StopCause.None => null,
        StopCause.Draining => "the server stops",
        StopCause.Idle => "idle for too long",
        StopCause.UnitIncomplete => "a header was begun and not finished in time",
        _ => null,
    };

    /// <summary>What the transport, or TLS on top of it, reported.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="exception">What reading or writing threw.</param>
    /// <param name="stop">Why the handler was asked to end, if it was.</param>
    /// <returns>The clause.</returns>
    public static string Describe(ConnectionContext context, Exception exception, StopCause stop)
    {
        if (context.Features.Get<IConnectionEndFeature>()?.EndReason is string reason)
        {
            return reason;
        }

        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ConnectionAbortedException:
                    return Describe(stop) ?? "ended by the server: " + cause.Message.TrimEnd('.');
                case ConnectionResetException:
                    return "reset by the client";
                case SocketException socket:
                    return Describe(socket);
            }
        }

        return "broke: " + Innermost(exception).Message.TrimEnd('.');
    }

    /// <summary>What lies at the bottom of a failure: the layers above only say that something did.</summary>
    public static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }

    private static string Describe(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionReset or SocketError.Shutdown => "reset by the client",
        SocketError.TimedOut => "silent: it acknowledged nothing until the system gave up",
        _ => "the way to it broke: " + exception.Message.TrimEnd('.'),
    };
}

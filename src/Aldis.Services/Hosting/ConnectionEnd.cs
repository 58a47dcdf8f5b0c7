using System.Net.Sockets;
using Aldis.Services.Events;
using Aldis.Transports;
using Aldis.Transports.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Hosting;

/// <summary>Why a connection ended or was not served.</summary>
/// <param name="Cause">The word.</param>
/// <param name="Reason">A clause about the client, for people.</param>
internal readonly record struct ConnectionEnd(ServiceEventCause Cause, string Reason)
{
    /// <summary>What a stop is called.</summary>
    /// <param name="cause">Why the handler was asked to end.</param>
    /// <returns>Null where it was not.</returns>
    public static ConnectionEnd? Of(StopCause cause) => cause switch
    {
        StopCause.None => null,
        StopCause.Draining => new(ServiceEventCause.ServerStopping, "the server stops"),
        StopCause.Idle => new(ServiceEventCause.Idle, "idle for too long"),
        StopCause.Revoked => new(ServiceEventCause.TokenRevoked, "its token counts no longer"),
        StopCause.Disconnected => new(ServiceEventCause.Disconnected, "ended at the dashboard"),
        StopCause.UnitIncomplete => new(ServiceEventCause.HeaderTimeout, "a header was begun and not finished in time"),
        _ => null,
    };

    /// <summary>What the transport, or TLS on top of it, reported.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="exception">What reading or writing threw.</param>
    /// <param name="stop">Why the handler was asked to end, if it was.</param>
    /// <returns>Its end.</returns>
    public static ConnectionEnd Of(ConnectionContext context, Exception exception, StopCause stop)
    {
        if (context.Features.Get<IConnectionEndFeature>()?.EndReason is string reason)
        {
            return new(CauseOf(exception), reason);
        }

        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case OutOfMemoryException:
                    return new(ServiceEventCause.OutOfMemory, "ended: the process had no memory for it");
                case ConnectionAbortedException when cause.InnerException is not OutOfMemoryException:
                    return Of(stop) ?? new(ServiceEventCause.Aborted, "ended by the server: " + cause.Message.TrimEnd('.'));
                case ConnectionResetException:
                    return new(ServiceEventCause.ClientReset, "reset by the client");
                case SocketException socket:
                    return Of(socket);
            }
        }

        return new(ServiceEventCause.Broken, "broke: " + Innermost(exception).Message.TrimEnd('.'));
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

    // The transport has the words, the exception the kind.
    private static ServiceEventCause CauseOf(Exception exception) => exception switch
    {
        CommunicationException { Failure: CommunicationFailure.Timeout } => ServiceEventCause.ClientSilent,
        ConnectionResetException => ServiceEventCause.ClientReset,
        _ => exception.InnerException is { } inner ? CauseOf(inner) : ServiceEventCause.Broken,
    };

    private static ConnectionEnd Of(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionReset or SocketError.Shutdown => new(ServiceEventCause.ClientReset, "reset by the client"),
        SocketError.TimedOut => new(ServiceEventCause.ClientSilent, "silent: it acknowledged nothing until the system gave up"),
        _ => new(ServiceEventCause.Broken, "the way to it broke: " + exception.Message.TrimEnd('.')),
    };
}

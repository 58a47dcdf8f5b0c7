using System.Net;
using System.Net.Sockets;
using Aldis.Services.Events;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Aldis.Services.Hosting;

/// <summary>
/// What stands before every handler: it counts the connection against the limits, gives it its <see cref="ServedConnection"/>, says
/// when it opened and why it closed, and keeps a handler's fault to its own connection.
/// </summary>
internal sealed class Admission(string service, ConnectionHandler handler, ServerOptions options, ConnectionQuota quota, ServerStatistics statistics)
{
    private int _active;

    /// <summary>Turns a connection away that meets a limit; runs before TLS, so that a refused client costs no handshake.</summary>
    public ConnectionDelegate Admit(ConnectionDelegate next) => async context =>
    {
        IPAddress? address = ClientAddress(context);
        if (quota.TryEnter(address) is string reason)
        {
            statistics.Refused();
            options.Events.Publish(new ServiceEvent(ServiceEventKind.ConnectionRefused, service, PeerText(context)) { Detail = reason });
            context.Abort(new ConnectionAbortedException(reason));
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            LeaveWhenClosed(address, context.ConnectionClosed);
        }
    };

    /// <summary>Runs the handler.</summary>
    public async Task ServeAsync(ConnectionContext context)
    {
        long id = statistics.Opened();
        string peer = PeerText(context);
        var served = new ServedConnection(context, service, peer, id, options.Limits, options.Events, Now());
        context.Features.Set(served);
        context.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(_ => served.Tick(Now()), served);
        using CancellationTokenRegistration draining =
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested.UnsafeRegister(
                static state => ((ServedConnection)state!).RequestStop(StopCause.Draining), served) ?? default;

        options.Events.Publish(new ServiceEvent(ServiceEventKind.ConnectionOpened, service, peer)
        {
            Connection = id,
            Active = Interlocked.Increment(ref _active),
        });
        string? reason = null;
        try
        {
            await handler.OnConnectedAsync(context);
            reason = served.CloseReason ?? Describe(served.Stop);
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException or SocketException or IOException)
        {
            reason = served.CloseReason ?? (exception is ConnectionAbortedException ? Describe(served.Stop) : null) ?? "reset by the client";
        }
        catch (Exception exception)
        {
            // A defect of ours must cost one connection, not the server.
            reason = "failed: " + exception.Message;
            options.Events.Publish(new ServiceEvent(ServiceEventKind.Fault, service, peer) { Connection = id, Detail = exception.ToString() });
        }
        finally
        {
            statistics.Closed();
            options.Events.Publish(new ServiceEvent(ServiceEventKind.ConnectionClosed, service, peer)
            {
                Connection = id,
                Active = Interlocked.Decrement(ref _active),
                Detail = reason,
            });
        }
    }

    // The handler is done, the connection is not: the transport still sends what was written, to a peer that may take its time.
    private void LeaveWhenClosed(IPAddress? address, CancellationToken closed)
    {
        if (closed.CanBeCanceled)
        {
            closed.UnsafeRegister(_ => quota.Leave(address), null);
        }
        else
        {
            quota.Leave(address);
        }
    }

    private static string? Describe(StopCause cause) => cause switch
    {
        StopCause.None => null,
        StopCause.Draining => "the server stops",
        StopCause.Idle => "idle for too long",
        StopCause.UnitIncomplete => "a header was begun and not finished in time",
        _ => null,
    };

    private static IPAddress? ClientAddress(ConnectionContext context) =>
        context.RemoteEndPoint is IPEndPoint ip ? (ip.Address.IsIPv4MappedToIPv6 ? ip.Address.MapToIPv4() : ip.Address) : null;

    private static string PeerText(ConnectionContext context) => context.RemoteEndPoint switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip => new IPEndPoint(ip.Address.MapToIPv4(), ip.Port).ToString(),
        IPEndPoint ip => ip.ToString(),
        UnixDomainSocketEndPoint => "unix",
        EndPoint other => other.ToString() ?? "unknown",
        null => "unknown",
    };

    private TimeSpan Now() => options.Time.GetElapsedTime(0);
}

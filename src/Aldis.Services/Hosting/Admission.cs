using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Aldis.Protocols.Fairness;
using Aldis.Services.Events;
using Aldis.Transports.Connections;
using Aldis.Transports.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Aldis.Services.Hosting;

/// <summary>
/// What stands before every handler: it counts the connection against the limits, gives it its <see cref="ServedConnection"/>, says
/// when it opened and why it closed or why it was not served, and keeps a handler's fault to its own connection.
/// The number of open connections (<c>active</c>) is shared by all places where a service listens.
/// </summary>
internal sealed class Admission(
    string service,
    ConnectionHandler handler,
    ServerOptions options,
    IServiceEvents events,
    ConnectionQuota quota,
    HandshakeQuota handshakes,
    ServerStatistics statistics,
    ConnectionRegistry registry,
    StrongBox<int> active)
{
    /// <summary>Turns a connection away that meets a limit; runs before TLS, so that a refused client costs no handshake.</summary>
    /// <param name="next">What follows.</param>
    /// <param name="isTls">Whether that is a TLS handshake.</param>
    public ConnectionDelegate Admit(ConnectionDelegate next, bool isTls) => async context =>
    {
        NetworkKey peer = PeerNetwork.Of(context);

        // What came in over a socket of our own was admitted when it was accepted.
        bool hasPlace = context.Features.Get<IConnectionPlace>() is not null;
        if (!hasPlace && quota.TryEnter(peer) is { } met)
        {
            Refuse(context.RemoteEndPoint, met);
            context.Abort(new ConnectionAbortedException(met.Reason));
            return;
        }

        EndPoint? client = context.RemoteEndPoint;
        try
        {
            await (isTls ? ShakeHandsAsync(context, peer, client, next) : next(context)).ConfigureAwait(false);
        }
        finally
        {
            if (!hasPlace)
            {
                LeaveWhenClosed(peer, context.ConnectionClosed);
            }
        }
    };

    /// <summary>Counts and tells that a connection was turned away.</summary>
    /// <param name="client">The client's address, where there is one.</param>
    /// <param name="why">Why.</param>
    public void Refuse(EndPoint? client, ConnectionEnd why)
    {
        statistics.Refused();
        events.Publish(new ServiceEvent(ServiceEventKind.ConnectionRefused, service, PeerText(client))
        {
            Cause = why.Cause,
            Detail = why.Reason,
        });
    }

    /// <summary>Runs the handler.</summary>
    public async Task ServeAsync(ConnectionContext context)
    {
        // The TLS handshake is over.
        context.Features.Get<HandshakeQuota.Turn>()?.Dispose();
        long id = statistics.Opened();
        string peer = PeerText(context.RemoteEndPoint);
        var served = new ServedConnection(context, service, peer, id, quota.Limits, events, Now())
        {
            Network = PeerNetwork.Of(context),
            Handshakes = handshakes,
            Time = options.Time,
        };
        context.Features.Set(served);
        registry.Add(served);
        context.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(_ => served.Tick(Now()), served);
        using CancellationTokenRegistration draining =
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested.UnsafeRegister(
                static state => ((ServedConnection)state!).RequestStop(StopCause.Draining), served) ?? default;

        events.Publish(new ServiceEvent(ServiceEventKind.ConnectionOpened, service, peer)
        {
            Connection = id,
            Active = Interlocked.Increment(ref active.Value),
        });
        ConnectionEnd? end = null;
        using Activity? span = ServerTraces.BeginConnection(served);
        try
        {
            await handler.OnConnectedAsync(context).ConfigureAwait(false);
            end = served.End ?? ConnectionEnd.Of(served.Stop);
        }
        catch (Exception exception) when (
            exception is ConnectionAbortedException or SocketException or IOException or AuthenticationException or OutOfMemoryException)
        {
            end = served.End ?? served.EndOf(exception);
        }
        catch (Exception exception)
        {
            // A defect of ours must cost one connection, not the server.
            end = new(ServiceEventCause.HandlerFailed, "failed: " + exception.Message);
            events.Publish(new ServiceEvent(ServiceEventKind.Fault, service, peer)
            {
                Connection = id,
                Cause = ServiceEventCause.HandlerFailed,
                Detail = exception.ToString(),
            });
        }
        finally
        {
            registry.Remove(served);
            statistics.Closed();
            end = served.EndForMemory ?? end;
            if (end is { Cause: ServiceEventCause.MemoryLimit or ServiceEventCause.OutOfMemory })
            {
                statistics.Shed();
            }

            if (served.IsTakenOver)
            {
                statistics.TakenOver();
            }

            ServerTraces.NoteEnd(span, served, end);
            events.Publish(new ServiceEvent(ServiceEventKind.ConnectionClosed, service, peer)
            {
                Connection = id,
                Active = Interlocked.Decrement(ref active.Value),
                Client = served.Client,
                Repeats = served.Repeats,
                Cause = end?.Cause ?? ServiceEventCause.None,
                Detail = end?.Reason,
            });
        }
    }

    private async Task ShakeHandsAsync(ConnectionContext context, NetworkKey peer, EndPoint? client, ConnectionDelegate next)
    {
        using HandshakeQuota.Turn? turn = handshakes.TryEnter(peer)
            ?? await WaitForTurnAsync(peer, context.ConnectionClosed).ConfigureAwait(false);
        if (turn is null)
        {
            Refuse(client, context.ConnectionClosed.IsCancellationRequested ? HandshakeWatch.Missing : new(
                ServiceEventCause.HandshakeLimit,
                $"{handshakes.Most} handshakes from this address were under way, or {handshakes.MostInAll} in all, the most there may be at once"));
            context.Abort(new ConnectionAbortedException("Its TLS handshake did not come to its turn in time."));
            return;
        }

        context.Features.Set(turn);
        using HandshakeWatch handshake = HandshakeWatch.Begin();
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            if (context.Features.Get<ServedConnection>() is null)
            {
                Refuse(client, handshake.Describe());
            }
        }
    }

    private async ValueTask<HandshakeQuota.Turn?> WaitForTurnAsync(NetworkKey peer, CancellationToken closed)
    {
        using var patience = new CancellationTokenSource(quota.Limits.UnitTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, closed);
        return await handshakes.EnterAsync(peer, either.Token).ConfigureAwait(false);
    }

    // The handler is done, the connection is not: the transport still sends what was written, to a peer that may take its time.
    private void LeaveWhenClosed(NetworkKey peer, CancellationToken closed)
    {
        if (closed.CanBeCanceled)
        {
            closed.UnsafeRegister(_ => quota.Leave(peer), null);
        }
        else
        {
            quota.Leave(peer);
        }
    }

    private static string PeerText(EndPoint? client) => client switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip => new IPEndPoint(ip.Address.MapToIPv4(), ip.Port).ToString(),
        IPEndPoint ip => ip.ToString(),
        UnixDomainSocketEndPoint => "unix",
        EndPoint other => other.ToString() ?? "unknown",
        null => "unknown",
    };

    private TimeSpan Now() => options.Time.GetElapsedTime(0);
}

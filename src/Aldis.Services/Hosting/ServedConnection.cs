using System.Buffers;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Hosting;

/// <summary>
/// What a handler is told about its connection beside the bytes: who the peer is, where events go, and when to stop. It keeps the
/// connection's two deadlines without a timer of its own: a handler marks what happens, <see cref="Tick"/> (once a second) looks.
/// A stop is asked for by setting <see cref="Stop"/> and cancelling the pending read and flush; a handler that does not end within
/// a further tick is aborted.
/// </summary>
public sealed class ServedConnection
{
    private readonly ConnectionContext _context;
    private readonly ConnectionLimits _limits;
    private bool _progressed;
    private long _unit;
    private long _seenUnit;
    private TimeSpan _unitSeenAt;
    private TimeSpan _progressSeenAt;
    private volatile StopCause _stop;
    private CancellationTokenSource? _stopping;

    internal ServedConnection(
        ConnectionContext context, string service, string peer, long id, ConnectionLimits limits, IServiceEvents events, TimeSpan now)
    {
        _context = context;
        _limits = limits;
        _progressSeenAt = now;
        Service = service;
        Peer = peer;
        Id = id;
        Events = events;
    }

    /// <summary>The name of the conversation that is served.</summary>
    public string Service { get; }

    /// <summary>The client's address as text.</summary>
    public string Peer { get; }

    /// <summary>The connection's number since the server started, from 1; 0 outside a <see cref="ConversationServer"/>.</summary>
    public long Id { get; }

    /// <summary>Where events go.</summary>
    public IServiceEvents Events { get; }

    /// <summary>Why the handler should end, once it should.</summary>
    public StopCause Stop => _stop;

    /// <summary>
    /// Why the connection ends, where it is not the client's orderly close; set by the handler, shown with
    /// <see cref="ServiceEventKind.ConnectionClosed"/>.
    /// </summary>
    public string? CloseReason { get; set; }

    /// <summary>Cancelled by the first stop: for a wait that is neither a read nor a flush.</summary>
    internal CancellationToken Stopping
    {
        get
        {
            CancellationTokenSource stopping = LazyInitializer.EnsureInitialized(ref _stopping);
            if (_stop != StopCause.None)
            {
                stopping.Cancel();
            }

            return stopping.Token;
        }
    }

    /// <summary>Whether it ended because its client came over another one; set by the handler.</summary>
    internal bool IsTakenOver { get; set; }

    /// <summary>The served side of a connection; for one that no <see cref="ConversationServer"/> admitted, a silent stand-in.</summary>
    /// <param name="context">The connection.</param>
    /// <returns>Its companion.</returns>
    public static ServedConnection Of(ConnectionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<ServedConnection>() ?? new ServedConnection(
            context, string.Empty, context.RemoteEndPoint?.ToString() ?? string.Empty, 0, ConnectionLimits.Default, NoServiceEvents.Instance, default);
    }

    /// <summary>Says that bytes moved; the idle time starts anew.</summary>
    public void Progressed() => _progressed = true;

    /// <summary>Says that the first byte of a header or preface is here; its time runs until <see cref="UnitEnded"/>.</summary>
    public void UnitBegan()
    {
        if ((_unit & 1) == 0)
        {
            _unit++;
        }
    }

    /// <summary>Says that the header or preface is whole.</summary>
    public void UnitEnded()
    {
        if ((_unit & 1) == 1)
        {
            _unit++;
        }
    }

    /// <summary>Publishes an event of this connection.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="length">Payload bytes concerned.</param>
    /// <param name="payload">The beginning of the payload, copied already.</param>
    /// <param name="detail">The reason or name that belongs to the kind.</param>
    public void Publish(ServiceEventKind kind, long length = 0, ReadOnlyMemory<byte> payload = default, string? detail = null) =>
        Events.Publish(new ServiceEvent(kind, Service, Peer) { Connection = Id, Length = length, Payload = payload, Detail = detail });

    /// <summary>Says why the connection broke.</summary>
    /// <param name="exception">What reading or writing threw.</param>
    /// <returns>A clause about the client, or about this server where that ended it.</returns>
    internal string DescribeEnd(Exception exception) => ConnectionEnd.Describe(_context, exception, _stop);

    /// <summary>Copies the beginning of a payload for those who look at payloads.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>As much of it as a display line can need; nothing where nobody looks.</returns>
    internal byte[] Shown(in ReadOnlySequence<byte> payload) =>
        Events.ShowsPayload ? payload.Slice(0, Math.Min(payload.Length, PrintableText.DisplayLimitBytes)).ToArray() : [];

    /// <summary>Looks at the deadlines.</summary>
    /// <param name="now">Time on a clock that never goes back.</param>
    internal void Tick(TimeSpan now)
    {
        if (_stop is StopCause.Idle or StopCause.UnitIncomplete)
        {
            _context.Abort(new ConnectionAbortedException("The handler did not end after its deadline."));
            return;
        }

        long unit = Volatile.Read(ref _unit);
        if (unit != _seenUnit)
        {
            _seenUnit = unit;
            _unitSeenAt = now;
        }

        if (_progressed)
        {
            _progressed = false;
            _progressSeenAt = now;
        }

        if (_stop != StopCause.None)
        {
            return;
        }

        if ((unit & 1) == 1 && now - _unitSeenAt >= _limits.UnitTimeout)
        {
            RequestStop(StopCause.UnitIncomplete);
        }
        else if (now - _progressSeenAt >= _limits.IdleTimeout)
        {
            RequestStop(StopCause.Idle);
        }
    }

    /// <summary>Asks the handler to end.</summary>
    /// <param name="cause">Why.</param>
    internal void RequestStop(StopCause cause)
    {
        _stop = cause;

        // Either this sees who waits, or who begins to wait sees the stop.
        Interlocked.MemoryBarrier();
        _ = _stopping?.CancelAsync();
        _context.Transport.Input.CancelPendingRead();
        if (cause != StopCause.Draining)
        {
            // A peer that does not read its answers holds the handler in a flush; one that drains may still finish it.
            _context.Transport.Output.CancelPendingFlush();
        }
    }

    /// <summary>Takes a stop back: the handler made something of what had come (a greeting that stopped short is a whole one).</summary>
    internal void Resume()
    {
        if (_stop == StopCause.UnitIncomplete)
        {
            UnitEnded();
            _stop = StopCause.None;
        }
    }
}

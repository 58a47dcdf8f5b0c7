using System.Buffers;
using Aldis.Journal.Stores;
using Aldis.Protocols.Budgets;
using Aldis.Protocols.Fairness;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Budgets;
using Aldis.Transports.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

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
    private readonly ReceiveAccount? _account;
    private readonly TimeSpan _openedAt;
    private TimeSpan _tickedAt;
    private bool _progressed;
    private long _messages;
    private long _repeats;
    private long _unit;
    private long _seenUnit;
    private TimeSpan _unitSeenAt;
    private TimeSpan _progressSeenAt;
    private TimeSpan _endsSince;
    private MovementMeter _pace;
    private volatile StopCause _stop;
    private string? _disconnectedBy;
    private CancellationTokenSource? _stopping;

    internal ServedConnection(
        ConnectionContext context, string service, string peer, long id, ConnectionLimits limits, IServiceEvents events, TimeSpan now)
    {
        _context = context;
        _limits = limits;
        _account = context.Features.Get<IReceiveAccountFeature>()?.Account;
        _tickedAt = now;
        _openedAt = now;
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

    /// <summary>The server's limits.</summary>
    internal ConnectionLimits Limits => _limits;

    /// <summary>The server's clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The time on it, which never goes back.</summary>
    internal TimeSpan Now => Time.GetElapsedTime(0);

    /// <summary>Where events go.</summary>
    public IServiceEvents Events { get; }

    /// <summary>Why the handler should end, once it should.</summary>
    internal StopCause Stop => _stop;

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

    /// <summary>
    /// The word for <see cref="CloseReason"/>; set by the handler. Where it sets the sentence alone, the word is
    /// <see cref="ServiceEventCause.Other"/>.
    /// </summary>
    public ServiceEventCause CloseCause { get; set; }

    /// <summary>The id that the client named, once the handler knows it; otherwise null.</summary>
    public string? Client { get; set; }

    /// <summary>Who it counts for wherever a limit is shared out among peers.</summary>
    internal NetworkKey Network { get; init; }

    /// <summary>Who says when its handshake may begin; null outside a <see cref="ConversationServer"/>.</summary>
    internal HandshakeQuota? Handshakes { get; init; }

    /// <summary>Says whether others wait for the thread that serves it.</summary>
    internal Func<bool> DoOthersWait { get; init; } = FairTurn.DoOthersWait;

    /// <summary>Why it ends, as far as the handler said.</summary>
    internal ConnectionEnd? End => CloseReason is null
        ? null
        : new(CloseCause == ServiceEventCause.None ? ServiceEventCause.Other : CloseCause, CloseReason);

    /// <summary>Messages that came again, were acknowledged again and not stored; set by the connection's reader alone.</summary>
    internal long Repeats
    {
        get => Volatile.Read(ref _repeats);
        set => Volatile.Write(ref _repeats, value);
    }

    /// <summary>Its way into the store, where it has one; set by the handler.</summary>
    internal IMessageAppender? Appender { get; set; }

    /// <summary>Says what it receives, while it receives files; set by the handler.</summary>
    internal Func<FileIntake>? Intake { get; set; }

    /// <summary>Why a policy turned its client away, where it says; told with the refusal.</summary>
    internal ConnectionEnd? Denial { get; set; }

    /// <summary>Says, once a second, why what let the client in counts no longer; null while it does. Set by the policy.</summary>
    internal Func<ConnectionEnd?>? Standing { get; set; }

    /// <summary>How long a unit may take where that is less than <see cref="ConnectionLimits.UnitTimeout"/>.</summary>
    internal TimeSpan? UnitTimeout { get; set; }

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

    /// <summary>Says that a message, or what the conversation counts as one, was taken (<see cref="OpenConnection.Messages"/>). By the
    /// connection's reader alone.</summary>
    public void CountMessage() => Volatile.Write(ref _messages, _messages + 1);

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

    /// <summary>Says how many bytes the unit lacks that is being received, so that the nearest to their end are read on while memory is
    /// scarce.</summary>
    /// <param name="bytes">As declared by the client, less what is here; 0 where no unit is begun.</param>
    internal void UnitLacks(long bytes)
    {
        if (_account is not null)
        {
            _account.MissingBytes = bytes;
        }
    }

    /// <summary>Publishes an event of this connection.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="length">Payload bytes concerned.</param>
    /// <param name="payload">The beginning of the payload, copied already.</param>
    /// <param name="detail">The name that belongs to the kind, or the reason in words.</param>
    /// <param name="cause">The reason in one word, where there is one.</param>
    /// <param name="sequence">The client's number of the message concerned; 0 where there is none.</param>
    public void Publish(
        ServiceEventKind kind,
        long length = 0,
        ReadOnlyMemory<byte> payload = default,
        string? detail = null,
        ServiceEventCause cause = ServiceEventCause.None,
        long sequence = 0) =>
        Events.Publish(new ServiceEvent(kind, Service, Peer)
        {
            Connection = Id,
            Client = Client,
            Sequence = sequence,
            Length = length,
            Payload = payload,
            Cause = cause,
            Detail = detail,
        });

    /// <summary>Counts a message and publishes that it came, where anybody listens.</summary>
    /// <param name="payload">The message.</param>
    /// <param name="sequence">Its number; 0 where it has none.</param>
    internal void PublishMessage(in ReadOnlySequence<byte> payload, long sequence = 0)
    {
        CountMessage();
        if (Events.IsObservedOf(Id))
        {
            Publish(ServiceEventKind.MessageReceived, payload.Length, Shown(payload), sequence: sequence);
        }
    }

    /// <summary>Publishes that the client was told that messages are stored, where anybody listens.</summary>
    /// <param name="sequence">The highest number of those that were named; 0 where they have none.</param>
    internal void PublishAcknowledgement(long sequence = 0)
    {
        if (Events.IsObservedOf(Id))
        {
            Publish(ServiceEventKind.MessageAcknowledged, sequence: sequence);
        }
    }

    /// <summary>Publishes that a file is stored.</summary>
    /// <param name="name">The name it got.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="digest">Its digest, where it came with one.</param>
    internal void PublishFile(string name, long length, string? digest) =>
        Events.Publish(new ServiceEvent(ServiceEventKind.FileReceived, Service, Peer)
        {
            Connection = Id,
            Client = Client,
            Length = length,
            Detail = name,
            Digest = digest,
        });

    /// <summary>What was counted so far. By any thread.</summary>
    internal ConnectionCounts Counted => _context.Features.Get<ITransferFeature>() is { } transfer
        ? new(Volatile.Read(ref _messages), transfer.BytesReceived, transfer.BytesSent)
        : new(Volatile.Read(ref _messages), 0, 0);

    /// <summary>What the ARQ protocol counts of it; null over another transport.</summary>
    internal IArqStatisticsFeature? Arq => _context.Features.Get<IArqStatisticsFeature>();

    /// <summary>Tells of its frames; null over another transport.</summary>
    internal IArqTraceFeature? ArqTrace => _context.Features.Get<IArqTraceFeature>();

    /// <summary>Says what is known of the connection now. By any thread.</summary>
    /// <param name="now">Time on the clock of <see cref="Tick"/>.</param>
    /// <param name="today">The same moment as a date.</param>
    internal OpenConnection Describe(TimeSpan now, DateTimeOffset today)
    {
        ConnectionCounts counted = Counted;
        return new OpenConnection
        {
            Number = Id,
            Peer = Peer,
            Client = Client,
            Service = Service,
            Transport = SchemeOf(_context),
            OpenedAt = today - (now - _openedAt),
            LastActivityAt = _progressed ? today : today - (now - _progressSeenAt),
            BytesReceived = counted.BytesReceived,
            BytesSent = counted.BytesSent,
            Messages = counted.Messages,
            Repeats = Repeats,
            Situation = Assess(now),
            AcknowledgementTimes = Appender as IAcknowledgementTimes,
        };
    }

    private ConnectionSituation Assess(TimeSpan now)
    {
        var transfer = _context.Features.Get<ITransferFeature>();
        bool awaitsReader = transfer is { AwaitsReader: true };
        AppendProgress appended = Appender?.Progress ?? default;
        long unit = Volatile.Read(ref _unit);
        return new ConnectionSituation
        {
            Quiet = _progressed ? TimeSpan.Zero : now - _progressSeenAt,
            HeaderAge = (unit & 1) == 0 ? null : unit == _seenUnit ? now - _unitSeenAt : TimeSpan.Zero,
            MissingBytes = _account?.MissingBytes ?? 0,
            AwaitsReader = awaitsReader,
            UnreadBytes = awaitsReader ? transfer!.UnreadBytes : 0,
            WaitingMessages = appended.HasEnded ? 0 : appended.AcceptedCount - appended.CommittedCount,
            AwaitsMemory = _account is { IsWaiting: true },
            Stop = _stop,
            File = Intake?.Invoke(),
        };
    }

    /// <summary>Why the server ended it for its memory; null where it did not.</summary>
    internal ConnectionEnd? EndForMemory =>
        _account?.EndReason is { } reason ? new(ServiceEventCause.MemoryLimit, "ended: " + reason) : null;

    /// <summary>Says why the connection broke.</summary>
    /// <param name="exception">What reading or writing threw.</param>
    /// <returns>Its end, by the client or by this server.</returns>
    internal ConnectionEnd EndOf(Exception exception) => ConnectionEnd.Of(_context, exception, _stop);

    /// <summary>Sets why the connection ends.</summary>
    /// <param name="end">Why.</param>
    internal void EndBecause(ConnectionEnd end)
    {
        CloseCause = end.Cause;
        CloseReason = end.Reason;
    }

    /// <summary>Copies the beginning of a payload for those who look at payloads.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>As much of it as a display line can need; nothing where nobody looks.</returns>
    internal byte[] Shown(in ReadOnlySequence<byte> payload) =>
        Events.ShowsPayload ? payload.Slice(0, Math.Min(payload.Length, PrintableText.DisplayLimitBytes)).ToArray() : [];

    /// <summary>Looks at the deadlines.</summary>
    /// <param name="now">Time on a clock that never goes back.</param>
    internal void Tick(TimeSpan now)
    {
        bool isToFinish = _stop is StopCause.Revoked or StopCause.Disconnected;
        if (_stop is StopCause.Idle or StopCause.UnitIncomplete || (isToFinish && now - _endsSince >= _limits.UnitTimeout))
        {
            _context.Abort(new ConnectionAbortedException("The handler did not end after its deadline."));
            return;
        }

        if (_account is { IsWaiting: true })
        {
            // Nothing is read, to save memory: that time is nobody's.
            _unitSeenAt += now - _tickedAt;
            _progressSeenAt += now - _tickedAt;
        }

        bool isTooSlow = IsTooSlow(now - _tickedAt);
        _tickedAt = now;
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

        if (Volatile.Read(ref _disconnectedBy) is { } by)
        {
            _endsSince = now;
            EndBecause(new(ServiceEventCause.Disconnected, $"ended at the dashboard, by {by}"));
            RequestStop(StopCause.Disconnected);
        }
        else if (Standing?.Invoke() is { } end)
        {
            _endsSince = now;
            EndBecause(end);
            RequestStop(StopCause.Revoked);
        }
        else if ((unit & 1) == 1 && now - _unitSeenAt >= (UnitTimeout ?? _limits.UnitTimeout))
        {
            RequestStop(StopCause.UnitIncomplete);
        }
        else if (isTooSlow)
        {
            EndBecause(new(
                ServiceEventCause.DataRate,
                $"too slow: a message was under way, and fewer than {_limits.MinDataRate} B/s came for {MovementMeter.Window.TotalSeconds:0} s"));
            RequestStop(StopCause.Idle);
        }
        else if (now - _progressSeenAt >= _limits.IdleTimeout)
        {
            RequestStop(StopCause.Idle);
        }
    }

    /// <summary>Whether a message is under way that does not move as fast as it must.</summary>
    /// <param name="passed">Time since this was asked last.</param>
    private bool IsTooSlow(TimeSpan passed)
    {
        if (_account is not { MissingBytes: > 0 } account)
        {
            _pace.Reset();
            return false;
        }

        if (account.AwaitsPeer)
        {
            _pace.Take(passed, account.MovedBytes);
        }

        return _pace.MovedBytes is { } moved && moved < MovementMeter.Window.TotalSeconds * _limits.MinDataRate;
    }

    /// <summary>Has it ended at its next look at the deadlines, within a second: what is under way is finished first, in the time that a unit
    /// may take. By any thread.</summary>
    /// <param name="by">Who does it, as the event names it.</param>
    internal void Disconnect(string by) => Volatile.Write(ref _disconnectedBy, by);

    /// <summary>Asks the handler to end.</summary>
    /// <param name="cause">Why.</param>
    internal void RequestStop(StopCause cause)
    {
        _stop = cause;

        // Either this sees who waits, or who begins to wait sees the stop.
        Interlocked.MemoryBarrier();
        _ = _stopping?.CancelAsync();
        _context.Transport.Input.CancelPendingRead();
        if (!cause.IsGentle())
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

    private static TransportScheme SchemeOf(ConnectionContext context)
    {
        bool isTls = context.Features.Get<ITlsHandshakeFeature>() is not null;
        return context.Features.Get<IArqStatisticsFeature>() is not null ? isTls ? TransportScheme.ArqTls : TransportScheme.Arq
            : UnixTransport.Of(context) ?? (isTls ? TransportScheme.Tls : TransportScheme.Tcp);
    }
}

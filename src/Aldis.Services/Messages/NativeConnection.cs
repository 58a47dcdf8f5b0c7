using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Signals;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Transports.Connections;
using Aldis.Transports.Listening;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>
/// One connection of the native form (docs/protocols/messages.md section 4). Two loops: the reader takes units and appends to the
/// journal, the answerer waits for commits and is the only one that writes. What is right to do is the session's decision, made under
/// the seat's gate. The answerer outlives the reader until everything this connection submitted is committed or failed, because
/// a newer connection of the same client may be waiting for just that.
/// </summary>
internal sealed class NativeConnection
{
    private readonly ConnectionContext _context;
    private readonly ServedConnection _served;
    private readonly MessageStore _store;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly AsyncSignal _wake = new(runContinuationsInline: false);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MessageHandshake _handshake = new();
    private ClientSeat _seat = null!;
    private MessageSession _session = null!;
    private JournalAppender? _appender;
    private bool _inputEnded;
    private bool _outputBroken;

    /// <summary>The message that found no room in the journal's queue and waits for it.</summary>
    private (long Sequence, ReadOnlySequence<byte> Payload)? _held;

    public NativeConnection(ConnectionContext context, ServedConnection served, MessageStore store)
    {
        _context = context;
        _served = served;
        _store = store;
        _input = context.Transport.Input;
        _output = context.Transport.Output;
    }

    /// <summary>When the connection was accepted, compared with others; null where the transport does not tell.</summary>
    public long? AcceptOrder => _context.Features.Get<IAcceptOrderFeature>()?.AcceptOrder;

    /// <summary>Serves the connection from its preface to its end.</summary>
    public async Task RunAsync()
    {
        if (!await ShakeHandsAsync())
        {
            return;
        }

        _seat = _store.Enter(_handshake.Client);
        try
        {
            _session = _seat.Attach(this, _store.Session);
            Task answering = AnswerAsync();
            try
            {
                await ReadAsync();
            }
            finally
            {
                Volatile.Write(ref _inputEnded, true);
                Wake();
                await answering;
                _seat.Detach(this, _session);
                NoteEnd();
            }
        }
        finally
        {
            _store.Leave(_seat);
        }

        if (!_outputBroken)
        {
            await LingeringClose.DrainAsync(_input, TimeProvider.System);
        }
    }

    /// <summary>Lets the answerer look again.</summary>
    public void Wake()
    {
        _wake.Signal();
        Volatile.Read(ref _appender)?.Wake();
    }

    /// <summary>A newer connection waits: a client that does not read its answers must not hold it up.</summary>
    public void Hurry()
    {
        _output.CancelPendingFlush();
        _input.CancelPendingRead();
    }

    private async Task<bool> ShakeHandsAsync()
    {
        while (true)
        {
            ReadResult read = await _input.ReadAsync();
            ReadOnlySequence<byte> received = read.Buffer;
            HandshakeStatus status = _handshake.Read(ref received);
            _input.AdvanceTo(received.Start, status == HandshakeStatus.NeedMore ? received.End : received.Start);
            switch (status)
            {
                case HandshakeStatus.Accepted:
                    _served.UnitEnded();
                    _served.Progressed();
                    return true;
                case HandshakeStatus.Refused:
                    ServerHello.WriteError(_handshake.Error, _output.GetSpan(ControlUnit.Size));
                    _output.Advance(ControlUnit.Size);
                    await _output.FlushAsync();
                    string error = Encoding.ASCII.GetString(PrefaceErrors.GetWord(_handshake.Error));
                    _served.CloseReason = $"refused: error={error}";
                    _served.Publish(ServiceEventKind.MessageRefused, detail: $"preface: {error}");
                    await LingeringClose.DrainAsync(_input, TimeProvider.System);
                    return false;
                default:
                    if (read.IsCompleted || _served.Stop != StopCause.None)
                    {
                        return false;
                    }

                    _served.UnitBegan();
                    break;
            }
        }
    }

    /// <summary>Takes units until the client finished, the session closed, or the connection broke.</summary>
    private async Task ReadAsync()
    {
        try
        {
            // While an older connection of this client settles, the client's bytes stay in the pipe.
            await _opened.Task;
            while (_appender is not null && !Volatile.Read(ref _outputBroken))
            {
                ReadResult read = await _input.ReadAsync();
                if (_served.Stop == StopCause.Draining)
                {
                    CloseSession(NakCode.ShuttingDown);
                }

                if (!await TakeAsync(read.Buffer) || read.IsCompleted || _served.Stop is StopCause.Idle or StopCause.UnitIncomplete)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // What the client submitted goes on and settles; nobody reads the answers.
            _served.CloseReason = _served.DescribeEnd(exception);
            Volatile.Write(ref _outputBroken, true);
        }
    }

    /// <summary>Deals with every unit in what has arrived.</summary>
    /// <returns>False once nothing more is taken.</returns>
    private async ValueTask<bool> TakeAsync(ReadOnlySequence<byte> received)
    {
        while (true)
        {
            bool goesOn = Take(ref received, out bool mustWait);
            if (mustWait)
            {
                await _appender!.WaitForSpaceAsync();
                continue;
            }

            _input.AdvanceTo(received.Start, received.End);
            return goesOn;
        }
    }

    private bool Take(ref ReadOnlySequence<byte> received, out bool mustWait)
    {
        mustWait = false;
        bool hasUnit;
        SessionStep step;
        lock (_seat.Gate)
        {
            do
            {
                step = TakeOne(ref received, out mustWait);
            }
            while (step is SessionStep.Continue or SessionStep.Append && !mustWait);

            hasUnit = _session.HasUnit || _session.ShouldClose;
            if (_session.IsInsideUnit)
            {
                _served.UnitBegan();
            }
            else
            {
                _served.UnitEnded();
            }

            if (_session.AwaitsPayload && step == SessionStep.NeedMore)
            {
                QuickAcknowledgement.Request(_context);
            }
        }

        _served.Progressed();
        if (hasUnit)
        {
            Wake();
        }

        return step != SessionStep.Closed;
    }

    private SessionStep TakeOne(ref ReadOnlySequence<byte> received, out bool mustWait)
    {
        mustWait = false;
        SessionStep step = SessionStep.Append;
        if (_held is not (long sequence, ReadOnlySequence<byte> payload))
        {
            step = _session.Read(ref received, out sequence, out payload);
            if (step != SessionStep.Append)
            {
                return step;
            }
        }

        _held = null;
        if (!_session.MaySubmit)
        {
            _session.HandleRefused(NakCode.Busy);
            return step;
        }

        switch (_appender!.TryAppend(sequence, payload))
        {
            case AppendStatus.Accepted:
                _session.HandleAppended();
                PublishMessage(payload);
                break;
            case AppendStatus.QueueFull:
                _held = (sequence, payload);
                mustWait = true;
                break;
            case AppendStatus.DiskFull:
                Refuse(NakCode.DiskFull);
                break;
            case AppendStatus.TooLarge:
                Refuse(NakCode.TooLarge);
                break;
            case AppendStatus.TooManyClients:
                Refuse(NakCode.Busy);
                break;
            case AppendStatus.OutOfSequence:
                Refuse(NakCode.Conflict);
                break;
            default:
                Refuse(NakCode.StoreFailed);
                break;
        }

        return step;
    }

    private void Refuse(NakCode code)
    {
        _session.HandleRefused(code);
        _served.Publish(ServiceEventKind.MessageRefused, detail: WordOf(code));
    }

    /// <summary>Notes why the connection ends, where the server ends it.</summary>
    private void NoteEnd()
    {
        if (_session.ClosedFor is not NakCode code)
        {
            return;
        }

        _served.IsTakenOver = code == NakCode.Superseded;
        _served.CloseReason ??= code switch
        {
            NakCode.Superseded => $"taken over: client {_handshake.Client} came over another connection",
            NakCode.ShuttingDown => null,
            _ => "refused: " + WordOf(code),
        };
    }

    private static string WordOf(NakCode code) => Encoding.ASCII.GetString(NakCodes.GetWord(code));

    private void PublishMessage(in ReadOnlySequence<byte> payload)
    {
        if (_served.Events.IsObserved)
        {
            _served.Publish(ServiceEventKind.MessageReceived, payload.Length, _served.Shown(payload));
        }
    }

    private void CloseSession(NakCode code)
    {
        lock (_seat.Gate)
        {
            _session.Close(code);
        }

        Wake();
    }

    /// <summary>Says what there is to say, until the connection ends and everything it submitted is settled.</summary>
    private async Task AnswerAsync()
    {
        bool done = false;
        while (!done)
        {
            bool written = Decide(out done);
            if (written && !_outputBroken && !await AnswerFlush.TryFlushAsync(_output, _served))
            {
                Volatile.Write(ref _outputBroken, true);
                _input.CancelPendingRead();
            }

            if (!done)
            {
                await (_appender is null ? _wake.WaitAsync() : _appender.WaitForProgressAsync());
            }
        }

        // The reader may be waiting for a client that has nothing more to say, or for its turn.
        _opened.TrySetResult();
        _input.CancelPendingRead();
        if (_appender is not null)
        {
            await _appender.CloseAsync();
        }
    }

    /// <summary>Tells the ledger how far the journal is, and writes the units that follow from it.</summary>
    private bool Decide(out bool done)
    {
        bool written = false;
        lock (_seat.Gate)
        {
            long committed = _seat.Ledger.Committed;
            bool settled = _seat.Ledger.IsSettled;
            AppendProgress progress = default;
            if (_appender is not null)
            {
                progress = _appender.Progress;
                _seat.Ledger.HandleCommitted(progress.CommittedSequence);
                if (progress.IsFailed)
                {
                    _seat.Ledger.HandleFailed(NakCode.StoreFailed);
                }
            }
            else if (_session.IsOpen)
            {
                Volatile.Write(ref _appender, _store.Journal.OpenAppender(_seat.Client, _served.Peer));
                _opened.TrySetResult();
            }

            while (_session.HasUnit)
            {
                Span<byte> unit = _output.GetSpan(ControlUnit.Size);
                if (!_session.TryTakeUnit(unit))
                {
                    break;
                }

                _output.Advance(ControlUnit.Size);
                written = true;
            }

            if (_session.HasSaidGoodbye)
            {
                _appender!.HandleFarewell();
            }

            done = _session.ShouldClose
                || (Volatile.Read(ref _inputEnded) && (_appender is null || progress.IsSettled) && !_session.HasUnit);
            if (done || committed != _seat.Ledger.Committed || settled != _seat.Ledger.IsSettled)
            {
                _seat.WakeOthers(this);
            }
        }

        return written;
    }
}

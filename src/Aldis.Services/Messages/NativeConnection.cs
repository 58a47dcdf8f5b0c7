using System.IO.Pipelines;
using System.Text;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Native;
using Aldis.Transports.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>
/// One connection of the native form whose client is known (docs/protocols/messages.md section 4). Two loops: the reader takes units and
/// appends to the store (<see cref="NativeReader"/>), the answerer waits for commits and is the only one that writes. When nobody knows what
/// became of an append, it opens the client again before it says anything. It outlives the reader until everything this connection
/// submitted is committed or failed, because a newer connection of the same client may be waiting for just that.
/// </summary>
internal sealed class NativeConnection
{
    private readonly ConnectionContext _context;
    private readonly ServedConnection _served;
    private readonly MessageStore _store;
    private readonly ClientSeat _seat;
    private readonly MessageSession _session;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly AsyncSignal _wake = new();
    private readonly AsyncSignal _renewed = new();

    /// <summary>Ends when the client may submit, or when the connection ended before.</summary>
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IMessageAppender? _appender;
    private bool _inputEnded;
    private bool _outputBroken;

    /// <summary>Lets the connection speak for its client from now on, unless a newer one does.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="served">Its companion.</param>
    /// <param name="store">Where messages are kept.</param>
    /// <param name="seat">The client's seat.</param>
    /// <param name="source">Who brings the client's id, should it be a new one.</param>
    /// <param name="quota">What the client may have taken.</param>
    public NativeConnection(
        ConnectionContext context, ServedConnection served, MessageStore store, ClientSeat seat, in NewClientSource source, MessageQuota quota)
    {
        Source = source;
        Quota = quota;
        _context = context;
        _served = served;
        _store = store;
        _seat = seat;
        _input = context.Transport.Input;
        _output = context.Transport.Output;
        _session = seat.Attach(this, store.Session);
    }

    /// <summary>When the connection was accepted, compared with others; null where the transport does not tell.</summary>
    public long? AcceptOrder => _context.Features.Get<IAcceptOrderFeature>()?.AcceptOrder;

    /// <summary>The way into the store: the present one, which may be the next one after each wait.</summary>
    public IMessageAppender Appender => _appender!;

    /// <summary>Who brings the client's id, should it be a new one.</summary>
    public NewClientSource Source { get; }

    /// <summary>What the client may have taken.</summary>
    public MessageQuota Quota { get; }

    /// <summary>What bounds new ids.</summary>
    public NewClientQuota NewClients => _store.NewClients;

    /// <summary>Guarded by the seat's gate: the ledger heard what came of the appender that has ended.</summary>
    public bool IsEndHandled { get; set; }

    /// <summary>Whether nothing reaches the client any more.</summary>
    public bool IsOutputBroken => Volatile.Read(ref _outputBroken);

    /// <summary>Serves the connection from its hello to its end.</summary>
    /// <returns>Whether the client may still hear: it is not to be reset.</returns>
    public async Task<bool> RunAsync()
    {
        Task answering = AnswerAsync();
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _inputEnded, true);
            Wake();
            await answering.ConfigureAwait(false);
            _seat.Detach(this, _session);
            NoteEnd();
        }

        return !_outputBroken;
    }

    /// <summary>Lets the answerer look again.</summary>
    public void Wake()
    {
        _wake.Signal();
        Volatile.Read(ref _appender)?.Wake();
    }

    /// <summary>Waits until an appender that has ended is replaced, or cannot be.</summary>
    public ValueTask WaitForRenewalAsync() => _renewed.WaitAsync();

    /// <summary>A newer connection waits: a client that does not read its answers must not hold it up.</summary>
    public void Hurry()
    {
        _output.CancelPendingFlush();
        _input.CancelPendingRead();
    }

    /// <summary>Takes units until the client finished, the session closed, or the connection broke.</summary>
    private async Task ReadAsync()
    {
        try
        {
            // While an older connection of this client settles, the client's bytes stay in the pipe.
            await _opened.Task.ConfigureAwait(false);
            if (_appender is not null)
            {
                await UnitLoop.RunAsync(_input, _served, new NativeReader(_context, _served, this, _seat, _session)).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // What the client submitted goes on and settles; nobody reads the answers.
            _served.EndBecause(_served.EndOf(exception));
            Volatile.Write(ref _outputBroken, true);
        }
    }

    /// <summary>Notes why the connection ends, where the server ends it.</summary>
    private void NoteEnd()
    {
        if (_session.ClosedFor is not NakCode code)
        {
            return;
        }

        _served.IsTakenOver = code == NakCode.Superseded;
        if (_served.End is null && code != NakCode.ShuttingDown)
        {
            _served.EndBecause(new(
                ServiceEventCauses.Of(code),
                code == NakCode.Superseded
                    ? $"taken over: client {_seat.Client} came over another connection"
                    : "refused: " + Encoding.ASCII.GetString(NakCodes.GetWord(code))));
        }
    }

    /// <summary>Says what there is to say, until the connection ends and everything it submitted is settled.</summary>
    private async Task AnswerAsync()
    {
        try
        {
            bool done = false;
            long told = 0;
            while (!done)
            {
                bool written = Decide(out done, out bool mustOpen);

                // Told before it leaves: what the client does in answer to it is told behind it.
                if (_session.Acknowledged > told && !_outputBroken)
                {
                    told = _session.Acknowledged;
                    _served.PublishAcknowledgement(told);
                }

                if (written && !_outputBroken && !await AnswerFlush.TryFlushAsync(_output, _served).ConfigureAwait(false))
                {
                    Volatile.Write(ref _outputBroken, true);
                    _input.CancelPendingRead();
                }

                if (mustOpen)
                {
                    await OpenAsync().ConfigureAwait(false);
                }
                else if (!done)
                {
                    ValueTask progress = _appender is null ? _wake.WaitAsync() : _appender.WaitForProgressAsync();
                    await progress.ConfigureAwait(false);
                }

                _seat.AssertOutside();
            }
        }
        catch
        {
            Volatile.Write(ref _outputBroken, true);
            throw;
        }
        finally
        {
            // The reader may be waiting for a client that has nothing more to say, for its turn, or for the next appender.
            _opened.TrySetResult();
            _renewed.Signal();
            _input.CancelPendingRead();
        }

        if (_appender is not null)
        {
            await _appender.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Opens the client, or opens it again after the appender has ended, and tells the ledger what the store says.</summary>
    private async Task OpenAsync()
    {
        IMessageAppender? ended = _appender;
        ValueTask<StoreOpening> asked = ended is null ? _store.Store.OpenAsync(_seat.Client, _served.Peer) : ended.RenewAsync();
        StoreOpening opening = await asked.ConfigureAwait(false);
        _seat.AssertOutside();
        lock (_seat.Gate)
        {
            if (ended is null)
            {
                _seat.HandleOpened(_session, opening);
            }
            else if (!_seat.TryHandleRenewed(_session, ended.Progress.Outcome, opening))
            {
                _served.EndBecause(new(ServiceEventCause.StoreUnknown, "the store cannot tell what it took"));
            }

            IsEndHandled = true;

            if (opening.IsOpen)
            {
                IsEndHandled = false;
                Volatile.Write(ref _appender, opening.Appender);
                _served.Appender = opening.Appender;
            }

            _seat.WakeOthers(this);
        }

        _opened.TrySetResult();
        _renewed.Signal();
        if (ended is not null && opening.IsOpen)
        {
            await ended.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tells the ledger how far the store is, and writes the units that follow from it.</summary>
    /// <param name="done">Whether the connection has nothing more to say and nothing under way.</param>
    /// <param name="mustOpen">Whether the client has to be opened, or opened again, before there is more to say.</param>
    private bool Decide(out bool done, out bool mustOpen)
    {
        bool written = false;
        lock (_seat.Gate)
        {
            long committed = _seat.Ledger.Committed;
            bool settled = _seat.Ledger.IsSettled;
            AppendProgress progress = _appender?.Progress ?? default;
            bool isUnknown = progress.Outcome == AppendOutcome.Unknown && !IsEndHandled;
            if (_appender is not null)
            {
                _seat.HandleProgress(_session, progress);
            }

            // What is not known is not spoken of, nor anything behind it.
            while (!isUnknown && _session.HasUnit)
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

            bool inputEnded = Volatile.Read(ref _inputEnded);
            mustOpen = isUnknown || (_appender is null && _session.IsOpening)
                || (progress.Outcome == AppendOutcome.NotStored && !IsEndHandled && !inputEnded && _session.ClosedFor is null);
            done = !mustOpen
                && (_session.ShouldClose || (inputEnded && (_appender is null || progress.IsSettled) && !_session.HasUnit));
            if (done || committed != _seat.Ledger.Committed || settled != _seat.Ledger.IsSettled)
            {
                _seat.WakeOthers(this);
            }
        }

        return written;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Transports.Listening;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>
/// One connection of the plain form (docs/protocols/messages.md section 2). The reader appends each whole message to the store; the
/// answerer waits for commits, answers one for one in order, and is the only one that writes. What ends the conversation (the control
/// text, a refusal) is answered after everything before it.
/// </summary>
internal sealed class PlainConnection
{
    // Answers a client may leave unread before its messages are left unread too.
    private const int MaxUnanswered = 1024;

    private const string StoreFailed = "the store failed";

    private readonly ConnectionContext _context;
    private readonly ServedConnection _served;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly IMessageAppender _appender;
    private readonly PlainMessageReader _reader;
    private readonly MessageQuota _quota;
    private readonly AsyncSignal _answers = new();
    private long _answered;
    private bool _inputEnded;
    private bool _outputBroken;

    /// <summary>What is answered last, but for a client that said that it disconnects; set before <see cref="_inputEnded"/>.</summary>
    private ReadOnlyMemory<byte> _lastWord;

    /// <summary>Whether the last message said that the client disconnects: that is acknowledged and not stored; set as the last word.</summary>
    private bool _isDisconnect;

    private PlainConnection(
        ConnectionContext context, ServedConnection served, IMessageAppender appender, int maxMessageBytes, MessageQuota quota)
    {
        _quota = quota;
        _context = context;
        _served = served;
        _input = context.Transport.Input;
        _output = context.Transport.Output;
        _appender = appender;
        served.Appender = appender;
        _reader = new PlainMessageReader(maxMessageBytes);
    }

    /// <summary>Serves a connection to its end.</summary>
    public static async Task RunAsync(ConnectionContext context, ServedConnection served, IMessageStore store, MessageQuota quota)
    {
        StoreOpening opening = await store.OpenAsync(null, served.Peer).ConfigureAwait(false);
        if (opening.IsOpen)
        {
            await new PlainConnection(context, served, opening.Appender, store.MaxMessageBytes, quota).RunAsync().ConfigureAwait(false);
            return;
        }

        await RefuseAsync(context, served, opening.Status == StoreOpenStatus.Unavailable
            ? new(ServiceEventCause.Busy, "the store cannot be reached for now")
            : new(ServiceEventCause.StoreFailed, StoreFailed)).ConfigureAwait(false);
    }

    /// <summary>Turns a client away in the form's own framing.</summary>
    /// <param name="context">The connection, from which nothing was taken.</param>
    /// <param name="served">Its companion.</param>
    /// <param name="why">Why.</param>
    public static async Task RefuseAsync(ConnectionContext context, ServedConnection served, ConnectionEnd why)
    {
        _ = await context.Transport.Output.WriteAsync(Refuse(served, why.Cause, why.Reason)).ConfigureAwait(false);
        await LingeringClose.DrainAsync(context.Transport.Input, TimeProvider.System).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        Task answering = AnswerAsync();
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _inputEnded, true);
            _appender.Wake();
            await answering.ConfigureAwait(false);
            await _appender.CloseAsync().ConfigureAwait(false);
        }

        if (_reader.Refusal != PlainRefusal.None && !_outputBroken)
        {
            await LingeringClose.DrainAsync(_input, TimeProvider.System).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (!Volatile.Read(ref _outputBroken))
            {
                ReadResult read = await _input.ReadAsync().ConfigureAwait(false);
                if (MustStop() || IsLost(_appender.Progress))
                {
                    return;
                }

                // A server that stops ends the connection as soon as the message that was under way is taken.
                if (!await TakeAsync(read.Buffer).ConfigureAwait(false) || read.IsCompleted || MustStop())
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            _served.EndBecause(_served.EndOf(exception));
            Volatile.Write(ref _outputBroken, true);
        }
    }

    /// <summary>Whether something was accepted that will never be answered: the client must not wait for it.</summary>
    private static bool IsLost(in AppendProgress progress) => progress.HasEnded && progress.CommittedCount < progress.AcceptedCount;

    private bool MustStop() => _served.Stop.IsGentle() ? !_reader.IsInsideHeader && !_reader.AwaitsPayload : _served.Stop != StopCause.None;

    /// <summary>Takes every whole message in what has arrived.</summary>
    /// <returns>False once nothing more is taken.</returns>
    private async ValueTask<bool> TakeAsync(ReadOnlySequence<byte> received)
    {
        for (int taken = 1; ; taken++)
        {
            if (taken % FairTurn.Messages == 0 && _served.DoOthersWait())
            {
                await FairTurn.GiveWayAsync().ConfigureAwait(false);
            }

            PlainReadStatus status = _reader.Read(ref received, out ReadOnlySequence<byte> payload);
            if (status != PlainReadStatus.Message)
            {
                _served.UnitLacks(_reader.AwaitsPayload ? _reader.PayloadLength - received.Length : 0);
                _input.AdvanceTo(received.Start, received.End);
                return Rest(status);
            }

            _served.UnitEnded();
            _served.Progressed();
            _served.PublishMessage(payload);
            if (PlainResponse.IsDisconnect(payload))
            {
                _isDisconnect = true;
                _input.AdvanceTo(received.Start);
                return false;
            }

            while (_appender.Progress.AcceptedCount - Volatile.Read(ref _answered) >= MaxUnanswered && !Volatile.Read(ref _outputBroken))
            {
                await _answers.WaitAsync().ConfigureAwait(false);
            }

            if (_quota.TryTake(0, _served.Now) is { } beyond)
            {
                _lastWord = Refuse(_served, beyond.Cause, beyond.Reason);
                _input.AdvanceTo(received.Start);
                return false;
            }

            AppendStatus appended;
            while ((appended = _appender.TryAppend(0, payload)) == AppendStatus.QueueFull)
            {
                await _appender.WaitForSpaceAsync().ConfigureAwait(false);
            }

            if (appended != AppendStatus.Accepted)
            {
                bool isFull = appended == AppendStatus.DiskFull;
                _lastWord = Refuse(
                    _served, isFull ? ServiceEventCause.DiskFull : ServiceEventCause.StoreFailed, isFull ? "the disk is full" : StoreFailed);
                _input.AdvanceTo(received.Start);
                return false;
            }

            _quota.Count(payload.Length, _served.Now);
        }
    }

    /// <summary>Notes what an unfinished message waits for.</summary>
    private bool Rest(PlainReadStatus status)
    {
        if (status == PlainReadStatus.Refused)
        {
            _served.UnitEnded();
            _lastWord = Refuse(_served, ServiceEventCauses.Of(_reader.Refusal), PlainHeader.Describe(_reader.Refusal, _reader.Limit));
            return false;
        }

        if (_reader.IsInsideHeader)
        {
            _served.UnitBegan();
        }
        else
        {
            _served.UnitEnded();
        }

        if (_reader.AwaitsPayload)
        {
            QuickAcknowledgement.Request(_context);
        }

        return true;
    }

    private static ReadOnlyMemory<byte> Refuse(ServedConnection served, ServiceEventCause cause, string reason)
    {
        served.EndBecause(new(cause, "refused: " + reason));
        served.Publish(ServiceEventKind.MessageRefused, detail: reason, cause: cause);
        return PlainResponse.Refused(reason);
    }

    /// <summary>Answers what is committed, until nothing more can come.</summary>
    private async Task AnswerAsync()
    {
        while (true)
        {
            // The reader's end is read first: whatever it accepted before is then seen in the progress.
            bool inputEnded = Volatile.Read(ref _inputEnded);
            AppendProgress progress = _appender.Progress;
            bool isOver = inputEnded && progress.IsSettled;
            if (progress.CommittedCount > _answered || isOver)
            {
                WriteAnswers(progress.CommittedCount - _answered, isOver, progress);
                if (!_outputBroken && !await AnswerFlush.TryFlushAsync(_output, _served).ConfigureAwait(false))
                {
                    Volatile.Write(ref _outputBroken, true);
                    _input.CancelPendingRead();
                }

                Volatile.Write(ref _answered, progress.CommittedCount);
                _answers.Signal();
            }

            if (isOver || progress.HasEnded)
            {
                _input.CancelPendingRead();
                if (isOver)
                {
                    return;
                }
            }

            await _appender.WaitForProgressAsync().ConfigureAwait(false);
        }
    }

    private void WriteAnswers(long count, bool isOver, in AppendProgress progress)
    {
        if (_outputBroken)
        {
            return;
        }

        for (; count > 0; count--)
        {
            Acknowledge();
        }

        if (isOver && progress.CommittedCount == progress.AcceptedCount)
        {
            if (_isDisconnect)
            {
                Acknowledge();
            }

            _output.Write(_lastWord.Span);
        }
        else if (isOver && progress.Outcome == AppendOutcome.NotStored)
        {
            _output.Write(Refuse(_served, ServiceEventCause.NotStored, "the store did not take it").Span);
        }
        else if (isOver)
        {
            // A refusal says that nothing of the message is stored, which nobody knows. No answer says nothing.
            _served.EndBecause(new(ServiceEventCause.StoreUnknown, "the store cannot tell what it took"));
        }
    }

    private void Acknowledge()
    {
        _output.Write(PlainResponse.Received.Span);
        _served.PublishAcknowledgement();
    }
}

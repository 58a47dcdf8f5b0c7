using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Internal;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Services.Messages;

/// <summary>
/// The driver around <see cref="MessageSender"/>: it feeds the outbox, the sender and the connection in one loop, so that the order of
/// things is plain: a line is safe in the outbox before it is offered, and a number is safe in the outbox before it is sent.
/// </summary>
internal sealed class MessageDeliveryLoop
{
    private const int WriteBytes = 256 * 1024;
    private const int ReadBytes = 16 * 1024;

    private readonly EndpointAddress _address;
    private readonly IOutbox _outbox;
    private readonly MessageClientOptions _options;
    private readonly Action<MessageClientEvent>? _events;
    private readonly ChannelReader<OutboxEntry> _input;
    private readonly MessageSender _sender;
    private readonly Dictionary<long, ReadOnlyMemory<byte>> _payloads = [];
    private readonly Dictionary<long, TaskCompletionSource> _waiters = [];
    private readonly ArrayBufferWriter<byte> _outgoing = new(WriteBytes);
    private readonly byte[] _received = new byte[ReadBytes];
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _receivedLength;
    private long _pendingBytes;
    private long _acknowledged;
    private long _duplicates;
    private long _refused;
    private long _lost;
    private long _lastProgress = Stopwatch.GetTimestamp();
    private bool _wasReached;
    private bool _inputEnded;
    private int _unsyncedLines;
    private Task<bool>? _inputWait;
    private CommunicationException? _failure;

    public MessageDeliveryLoop(
        EndpointAddress address,
        IOutbox outbox,
        MessageClientOptions options,
        Action<MessageClientEvent>? events,
        ChannelReader<OutboxEntry> input)
    {
        _address = address;
        _outbox = outbox;
        _options = options;
        _events = events;
        _input = input;
        _sender = new MessageSender(outbox.ClientId, outbox.State, System.Text.Encoding.ASCII.GetBytes(options.Token));
    }

    /// <summary>The exception of a delivery that was given up.</summary>
    public static CommunicationException GaveUp(MessageDelivery delivery) =>
        delivery.Failure ?? new CommunicationException(CommunicationFailure.Network, "the client has ended; it takes no more messages.");

    /// <summary>Delivers until everything is acknowledged, nothing can be, or it is abandoned.</summary>
    public async Task<MessageDelivery> RunAsync(CancellationToken abandon)
    {
        long alreadySettled = _outbox.State.AcknowledgedItem;
        try
        {
            Offer();
            await DeliverAsync(abandon);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            // What is not acknowledged stays in the outbox.
        }

        RememberState();
        FailWaiters();
        return new MessageDelivery
        {
            Offered = _outbox.Taken - alreadySettled,
            Acknowledged = _acknowledged,
            Duplicates = _duplicates,
            Refused = _refused,
            Lost = _lost,
            End = _sender.End,
            Failure = _failure,
            Elapsed = Stopwatch.GetElapsedTime(_began),
        };
    }

    private static long NowNanoseconds() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    private async Task DeliverAsync(CancellationToken abandon)
    {
        for (int tries = 0; ; tries++)
        {
            long acknowledgedBefore = _acknowledged;
            string reason;
            try
            {
                await using ClientStream stream = await ClientStream.ConnectAsync(_address, DefaultPorts.Messages, _options, abandon);
                _wasReached = true;
                _sender.HandleConnected();
                _receivedLength = 0;
                _failure = null;
                await ConverseAsync(stream, abandon);
                reason = Describe(_sender.End);
            }
            catch (CommunicationException exception)
            {
                _sender.HandleEnded(isOrderly: false);
                _failure = exception;
                reason = exception.Message;
            }

            ReportEvents();
            if (_sender.End == SenderEnd.Completed)
            {
                _failure = null;
                return;
            }

            if (!SenderEnds.AllowsReconnect(_sender.End))
            {
                _failure = new CommunicationException(CommunicationFailure.Refused, reason);
                return;
            }

            tries = _acknowledged > acknowledgedBefore ? 0 : tries;
            if (!await PauseAsync(tries, reason, abandon))
            {
                _failure ??= new CommunicationException(CommunicationFailure.Network, reason);
                return;
            }
        }
    }

    /// <summary>Waits before another try, taking lines meanwhile.</summary>
    /// <returns>False when it is time to give up.</returns>
    private async Task<bool> PauseAsync(int tries, string reason, CancellationToken abandon)
    {
        TimeSpan spent = Stopwatch.GetElapsedTime(_lastProgress);
        bool mayRetry = _wasReached || _options.RetryFirstConnection;
        if (!mayRetry || (_options.RetryFor != Timeout.InfiniteTimeSpan && spent >= _options.RetryFor))
        {
            return false;
        }

        double longest = Math.Min(_options.LongestPause.TotalMilliseconds, _options.ShortestPause.TotalMilliseconds * Math.Pow(2, Math.Min(tries, 30)));
#pragma warning disable CA5394 // Jitter keeps clients apart; nobody gains by guessing it.
        var pause = TimeSpan.FromMilliseconds(longest * (0.5 + (Random.Shared.NextDouble() / 2)));
#pragma warning restore CA5394
        Report(new MessageClientEvent(
            MessageClientEventKind.Reconnecting,
            Detail: string.Create(CultureInfo.InvariantCulture, $"{reason.TrimEnd('.')}; trying again in {pause.TotalSeconds:0.0} s")));
        Task delay = Task.Delay(pause, abandon);
        while (!delay.IsCompleted)
        {
            TakeInput();
            await WaitForInputOrAsync(delay);
        }

        abandon.ThrowIfCancellationRequested();
        return true;
    }

    /// <summary>One connection, from the preface to its end.</summary>
    private async Task ConverseAsync(ClientStream stream, CancellationToken abandon)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        Task<int>? reading = null;
        long lastMove = Stopwatch.GetTimestamp();
        try
        {
            while (_sender.End == SenderEnd.None)
            {
                TakeInput();
                bool hasMore = Compose();
                if (_outgoing.WrittenCount > 0)
                {
                    await stream.WriteAsync(_outgoing.WrittenMemory, abandon);
                    lastMove = Stopwatch.GetTimestamp();
                }

                reading ??= stream.ReadAsync(_received.AsMemory(_receivedLength), Timeout.InfiniteTimeSpan, ending.Token).AsTask();
                if (!hasMore && !reading.IsCompleted)
                {
                    await WaitAsync(reading, lastMove, abandon);
                }

                if (reading.IsCompleted)
                {
                    HandleRead(await reading);
                    reading = null;
                    lastMove = Stopwatch.GetTimestamp();
                }

                ReportEvents();
            }
        }
        finally
        {
            await ending.CancelAsync();
            if (reading is not null)
            {
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for an answer, for something to send, or until the answer is overdue.</summary>
    private async Task WaitAsync(Task<int> reading, long lastMove, CancellationToken abandon)
    {
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        if (_sender.ResumeAtNanoseconds is long resume)
        {
            wait = TimeSpan.FromMilliseconds(Math.Max(1, (resume - NowNanoseconds()) / 1e6));
        }
        else if (_sender.AwaitsAnswer)
        {
            wait = _options.AnswerTimeout - Stopwatch.GetElapsedTime(lastMove);
            if (wait <= TimeSpan.Zero)
            {
                throw new CommunicationException(
                    CommunicationFailure.Timeout,
                    $"{_address} gave no answer within {ClientStream.Seconds(_options.AnswerTimeout)}; what is not acknowledged is not known to be stored.");
            }
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        await WaitForInputOrAsync(reading, Task.Delay(wait, ending.Token));
        await ending.CancelAsync();
        abandon.ThrowIfCancellationRequested();
    }

    private void HandleRead(int length)
    {
        if (length == 0)
        {
            _sender.HandleEnded(isOrderly: true);
            return;
        }

        _receivedLength += length;
        var rest = new ReadOnlySequence<byte>(_received, 0, _receivedLength);
        _sender.Read(ref rest, NowNanoseconds());
        rest.CopyTo(_received);
        _receivedLength = (int)rest.Length;
    }

    /// <summary>Puts together what is to be written now.</summary>
    /// <returns>True where more could be sent than fits into one write.</returns>
    private bool Compose()
    {
        _outgoing.ResetWrittenCount();
        bool mustRemember = false;
        while (_sender.TryTakeUnit(_outgoing.GetSpan(ControlUnit.Size)))
        {
            _outgoing.Advance(ControlUnit.Size);
            mustRemember = true;
        }

        while (_outgoing.WrittenCount < WriteBytes)
        {
            if (!_sender.TryTakeMessage(NowNanoseconds(), out OutgoingMessage message))
            {
                Remember(mustRemember);
                return false;
            }

            mustRemember = true;
            ClientUnit.WriteMessage(message.Length, message.Sequence, _outgoing.GetSpan(ControlUnit.Size));
            _outgoing.Advance(ControlUnit.Size);
            _outgoing.Write(_payloads[message.Item].Span);
        }

        Remember(mustRemember);
        return true;

        void Remember(bool isNeeded)
        {
            // Refusals found while taking are part of the state that follows from them.
            ReportEvents();
            if (isNeeded)
            {
                RememberState();
            }
        }
    }

    private void RememberState()
    {
        _outbox.NoteState(_sender.State);
        _outbox.Sync();
    }

    /// <summary>Takes lines into the outbox, makes them safe, and offers them to the sender.</summary>
    private void TakeInput()
    {
        if (_inputWait is { IsCompleted: true })
        {
            _inputEnded = !_inputWait.Result;
            _inputWait = null;
        }

        while (MayTake() && _input.TryRead(out OutboxEntry entry))
        {
            long item = _outbox.Add(entry.Payload.Span);
            _unsyncedLines++;
            if (entry.Acknowledged is not null)
            {
                _waiters.Add(item, entry.Acknowledged);
            }
        }

        if (_unsyncedLines > 0)
        {
            _outbox.Sync();
            _unsyncedLines = 0;
        }

        Offer();
    }

    /// <summary>An outbox on disk takes whatever comes, a batch at a time; one in memory only as much as may be held.</summary>
    private bool MayTake() => _unsyncedLines < _options.MaxPending && (_outbox is not MemoryOutbox || HasRoom());

    private bool HasRoom() =>
        _sender.PendingCount + _unsyncedLines < _options.MaxPending
        && (_pendingBytes < _options.MaxPendingBytes || _sender.PendingCount == 0);

    private void Offer()
    {
        while (HasRoom() && _outbox.TryReadNext(out long item, out byte[] payload))
        {
            _payloads.Add(item, payload);
            _pendingBytes += payload.Length;
            _sender.Offer(item, payload.Length);
        }

        if (_inputEnded && _sender.LastOffered >= _outbox.Taken)
        {
            _sender.Finish();
        }
    }

    /// <summary>Waits for the first of some tasks, or for input where there is room for it.</summary>
    private async Task WaitForInputOrAsync(params List<Task> tasks)
    {
        if (!_inputEnded && MayTake())
        {
            tasks.Add(_inputWait ??= _input.WaitToReadAsync(CancellationToken.None).AsTask());
        }

        await Task.WhenAny(tasks);
    }

    private void ReportEvents()
    {
        while (_sender.TryTakeEvent(out SenderEvent happened))
        {
            switch (happened.Kind)
            {
                case SenderEventKind.Connected:
                    Report(new MessageClientEvent(
                        MessageClientEventKind.Connected, happened.First, happened.Last, _sender.Hello?.Level.ToString().ToLowerInvariant()));
                    break;
                case SenderEventKind.Acknowledged:
                    Settle(happened.First, happened.Last);
                    _lastProgress = Stopwatch.GetTimestamp();
                    Report(new MessageClientEvent(MessageClientEventKind.Acknowledged, happened.First, happened.Last));
                    break;
                case SenderEventKind.Duplicate:
                    _duplicates += happened.Last - happened.First + 1;
                    Report(new MessageClientEvent(MessageClientEventKind.Duplicate, happened.First, happened.Last));
                    break;
                case SenderEventKind.Refused:
                    Refuse(happened.First);
                    break;
                case SenderEventKind.Delayed:
                    Report(new MessageClientEvent(MessageClientEventKind.Delayed, happened.First, happened.Last, happened.Code?.ToString()));
                    break;
                default:
                    _lost += happened.Last - happened.First + 1;
                    Report(new MessageClientEvent(MessageClientEventKind.Lost, happened.First, happened.Last));
                    break;
            }
        }
    }

    private void Report(MessageClientEvent happened) => _events?.Invoke(happened);

    private void Settle(long first, long last)
    {
        for (long item = first; item <= last; item++)
        {
            if (_payloads.Remove(item, out ReadOnlyMemory<byte> payload))
            {
                _acknowledged++;
                _pendingBytes -= payload.Length;
                if (_waiters.Remove(item, out TaskCompletionSource? waiter))
                {
                    waiter.TrySetResult();
                }
            }
        }
    }

    private void Refuse(long item)
    {
        if (!_payloads.Remove(item, out ReadOnlyMemory<byte> payload))
        {
            return;
        }

        _refused++;
        _pendingBytes -= payload.Length;
        _outbox.NoteRefused(item);
        string reason = string.Create(
            CultureInfo.InvariantCulture, $"message {item} has {payload.Length} bytes, more than {_address} takes");
        if (_waiters.Remove(item, out TaskCompletionSource? waiter))
        {
            waiter.TrySetException(new CommunicationException(CommunicationFailure.Refused, reason + "."));
        }

        Report(new MessageClientEvent(MessageClientEventKind.Refused, item, item, reason));
    }

    private void FailWaiters()
    {
        CommunicationException failure = _failure
            ?? new CommunicationException(CommunicationFailure.Network, "the client ended before the message was acknowledged.");
        foreach (TaskCompletionSource waiter in _waiters.Values)
        {
            waiter.TrySetException(failure);
        }

        _waiters.Clear();
    }

    private string Describe(SenderEnd end) => end switch
    {
        SenderEnd.ShuttingDown => $"{_address} is shutting down",
        SenderEnd.StoreFailed => $"the store of {_address} failed: it takes nothing until it is restarted",
        SenderEnd.MessageRefused => $"{_address} refused a message",
        SenderEnd.Superseded => $"another connection with the client id '{_outbox.ClientId}' took over at {_address}: give each sender an id of its own.",
        SenderEnd.Conflict => $"{_address} holds another message under number {_sender.DisputedSequence} of client '{_outbox.ClientId}': "
            + "two senders share the id, or an outbox was lost.",
        SenderEnd.Forgotten => $"{_address} took a message under number {_sender.DisputedSequence} of client '{_outbox.ClientId}' and "
            + $"cannot tell any more whether it is the one that waits here: 'aldis log --client {_outbox.ClientId} --json' there shows it.",
        SenderEnd.Refused => $"{_address} refused the client: {_sender.PrefaceError}.",
        SenderEnd.NotMessageServer => $"{_address} is no message server: it answered the preface with something else.",
        SenderEnd.PlainServer => $"{_address} speaks the plain form only: use --plain.",
        SenderEnd.ProtocolViolation => $"{_address} broke the rules of the conversation, or says that this client did.",
        _ => $"{_address} closed the connection",
    };
}

using System.Globalization;
using System.Threading.Channels;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Messages;

/// <summary>
/// What a <see cref="MessagesClient"/> has to deliver, across its connections: lines go from the caller into the outbox, are safe there
/// before they are offered to the sender, and leave when they are acknowledged or refused. It keeps the account of them. One caller.
/// </summary>
internal sealed class DeliveryQueue
{
    private readonly EndpointAddress _address;
    private readonly IOutbox _outbox;
    private readonly MessagesClientOptions _options;
    private readonly Action<MessagesClientEvent>? _events;
    private readonly ChannelReader<OutboxEntry> _input;
    private readonly Dictionary<long, ReadOnlyMemory<byte>> _payloads = [];
    private readonly Dictionary<long, TaskCompletionSource> _waiters = [];
    private readonly OutboxIntake _intake;
    private readonly long _alreadySettled;
    private long _pendingBytes;
    private bool _inputEnded;
    private bool _hasGivenUpInput;
    private Task<bool>? _inputWait;

    public DeliveryQueue(
        EndpointAddress address,
        IOutbox outbox,
        MessagesClientOptions options,
        Action<MessagesClientEvent>? events,
        ChannelReader<OutboxEntry> input)
    {
        _address = address;
        _outbox = outbox;
        _options = options;
        _events = events;
        _input = input;
        _intake = new OutboxIntake(outbox, HandleTaken);
        _alreadySettled = outbox.State.AcknowledgedItem;
        Sender = new MessageSender(outbox.ClientId, outbox.State, System.Text.Encoding.ASCII.GetBytes(options.Token));
    }

    /// <summary>The client's side of the conversation.</summary>
    public MessageSender Sender { get; }

    /// <summary>Messages that were to be sent until now.</summary>
    public long Offered => _outbox.Taken - _alreadySettled;

    /// <summary>Messages that are safe at the server's level.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Repeats that the server recognised.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Messages refused for good.</summary>
    public long Refused { get; private set; }

    /// <summary>Numbers that the server had acknowledged and has no more.</summary>
    public long Lost { get; private set; }

    /// <summary>Numbers acknowledged by a server that knows nothing of the client any more.</summary>
    public long Unknown { get; private set; }

    /// <summary>Messages of which no byte was given to a connection.</summary>
    public long NeverSent => Offered - Acknowledged - Refused - (Sender.State.Assigned - Sender.State.Acknowledged);

    /// <summary>Messages that were handed over and that the outbox did not take.</summary>
    public long NotTaken => _intake.NotTaken;

    /// <summary>Why the outbox did not take everything, or failed; null unless that happened.</summary>
    public OutboxException? OutboxFailure { get; private set; }

    /// <summary>Whether the input has ended and everything of it is acknowledged or refused.</summary>
    public bool IsAllSettled => _inputEnded && Sender.PendingCount == 0 && Sender.LastOffered >= _outbox.Taken;

    /// <summary>The bytes of an item that the sender gave out.</summary>
    public ReadOnlyMemory<byte> Payload(long item) => _payloads[item];

    public void RememberState()
    {
        _outbox.NoteState(Sender.State);
        _outbox.Sync();
    }

    /// <summary>Takes lines into the outbox, makes them safe, and offers them to the sender.</summary>
    public void TakeInput()
    {
        if (_inputWait is { IsCompleted: true })
        {
            _inputWait = null;
        }

        while (MayTake() && _input.TryRead(out OutboxEntry entry))
        {
            _intake.Hold(entry);
        }

        TakeHeld();
        _inputEnded = _hasGivenUpInput || (_input.Completion.IsCompleted && _intake.Count == 0);
        Offer();
    }

    /// <summary>
    /// Notes what became of the messages, and takes what was handed over and is still on its way, as far as there is room: nothing of that is
    /// sent by this client any more. Where an earlier message was given up, none after it is taken: what an outbox took is the beginning of
    /// what it was given. Only after nothing more can be handed over; it does not throw.
    /// </summary>
    /// <param name="failure">What the outbox failed with before; null where it did not.</param>
    public void Conclude(OutboxException? failure)
    {
        OutboxFailure ??= failure;
        while (_input.TryRead(out OutboxEntry entry))
        {
            _intake.Hold(entry);
        }

        try
        {
            RememberState();
            if (!_hasGivenUpInput)
            {
                _intake.Take();
            }
        }
        catch (OutboxException exception)
        {
            OutboxFailure ??= exception;
        }

        GiveUpHeld();
    }

    /// <summary>Waits for the first of some tasks, or for input where there is room for it.</summary>
    public async Task WaitForInputOrAsync(params List<Task> tasks)
    {
        if (!_inputEnded && MayTake())
        {
            tasks.Add(_inputWait ??= _input.WaitToReadAsync(CancellationToken.None).AsTask());
        }

        await Task.WhenAny(tasks);
    }

    /// <summary>Settles what the sender reports, and passes it on.</summary>
    /// <param name="happened">The report.</param>
    public void Handle(in SenderEvent happened)
    {
        switch (happened.Kind)
        {
            case SenderEventKind.Connected:
                string level = Sender.Hello is { } hello ? Word(AcknowledgementLevels.GetWord(hello.Level)) : string.Empty;
                Report(new MessagesClientEvent(MessagesClientEventKind.Connected, happened.First, happened.Last, level));
                break;
            case SenderEventKind.Acknowledged:
                Settle(happened.First, happened.Last);
                Report(new MessagesClientEvent(MessagesClientEventKind.Acknowledged, happened.First, happened.Last));
                break;
            case SenderEventKind.Duplicate:
                Duplicates += happened.Last - happened.First + 1;
                Report(new MessagesClientEvent(MessagesClientEventKind.Duplicate, happened.First, happened.Last));
                break;
            case SenderEventKind.Refused:
                Refuse(happened.First);
                break;
            case SenderEventKind.Delayed:
                string? word = happened.Code is { } code ? Word(NakCodes.GetWord(code)) : null;
                Report(new MessagesClientEvent(MessagesClientEventKind.Delayed, happened.First, happened.Last, word));
                break;
            case SenderEventKind.ClientUnknown:
                Unknown += happened.Last - happened.First + 1;
                Report(new MessagesClientEvent(MessagesClientEventKind.ClientUnknown, happened.First, happened.Last));
                break;
            default:
                Lost += happened.Last - happened.First + 1;
                Report(new MessagesClientEvent(MessagesClientEventKind.Lost, happened.First, happened.Last));
                break;
        }
    }

    public void Report(MessagesClientEvent happened) => _events?.Invoke(happened);

    /// <summary>Tells everybody who still waits for an acknowledgement that none will come.</summary>
    public void FailWaiters(Exception failure)
    {
        foreach (TaskCompletionSource waiter in _waiters.Values)
        {
            waiter.TrySetException(failure);
        }

        _waiters.Clear();
    }

    /// <summary>A word of the protocol as text.</summary>
    internal static string Word(ReadOnlySpan<byte> word) => System.Text.Encoding.ASCII.GetString(word);

    /// <summary>
    /// Takes what was handed over. What finds no room waits for what is settled to make some, and is given up when nothing is left to settle.
    /// </summary>
    private void TakeHeld()
    {
        bool wasFull = _intake.FullReason is not null;
        if (!wasFull && _intake.MayTake)
        {
            _intake.Take();
        }

        if (_intake.FullReason is not null && Sender.State.AcknowledgedItem > _outbox.State.AcknowledgedItem)
        {
            // Only what the outbox knows to be settled makes room in it.
            RememberState();
        }

        if (_intake.MayTake)
        {
            _intake.Take();
        }

        if (_intake.FullReason is string reason)
        {
            if (!wasFull)
            {
                Report(new MessagesClientEvent(MessagesClientEventKind.OutboxFull, Detail: reason));
            }

            if (Sender.PendingCount == 0 && Sender.LastOffered >= _outbox.Taken)
            {
                GiveUpHeld();
                _hasGivenUpInput = true;
            }
        }
    }

    private void GiveUpHeld()
    {
        if (_intake.Count > 0 && _intake.FullReason is string reason)
        {
            OutboxFailure ??= new OutboxFullException(reason);
        }

        _intake.GiveUp(OutboxFailure ?? new OutboxException("The client ended before the outbox took the message."));
    }

    private void HandleTaken(long item, OutboxEntry entry)
    {
        if (entry.Acknowledged is not null)
        {
            _waiters.Add(item, entry.Acknowledged);
        }
    }

    /// <summary>An outbox on disk takes whatever comes, a batch at a time; one in memory only as much as may be held.</summary>
    private bool MayTake() =>
        _intake.FullReason is null
        && _intake.Count < _options.MaxPending
        && _intake.Bytes < _options.MaxPendingBytes
        && (!_outbox.HoldsInMemory || HasRoom());

    private bool HasRoom() =>
        Sender.PendingCount + _intake.Count < _options.MaxPending
        && (_pendingBytes < _options.MaxPendingBytes || Sender.PendingCount == 0);

    private void Offer()
    {
        while (HasRoom() && _outbox.TryReadNext(out long item, out byte[] payload))
        {
            _payloads.Add(item, payload);
            _pendingBytes += payload.Length;
            Sender.Offer(item, payload.Length);
        }

        if (_inputEnded && Sender.LastOffered >= _outbox.Taken)
        {
            Sender.Finish();
        }
    }

    private void Settle(long first, long last)
    {
        for (long item = first; item <= last; item++)
        {
            if (_payloads.Remove(item, out ReadOnlyMemory<byte> payload))
            {
                Acknowledged++;
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

        Refused++;
        _pendingBytes -= payload.Length;
        _outbox.NoteRefused(item);
        string reason = string.Create(
            CultureInfo.InvariantCulture, $"message {item} has {payload.Length} bytes, more than {_address} takes");
        if (_waiters.Remove(item, out TaskCompletionSource? waiter))
        {
            waiter.TrySetException(new CommunicationException(CommunicationFailure.Refused, reason + "."));
        }

        Report(new MessagesClientEvent(MessagesClientEventKind.Refused, item, item, reason));
    }
}

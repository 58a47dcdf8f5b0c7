using System.Buffers;
using System.Diagnostics;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Messages;

/// <summary>
/// The client's side of the native form, across its connections: which item is sent under which number, what is safe, and what the end of
/// a connection means (docs/protocols/messages.md section 5). It holds no payloads and no sockets. The driver offers the outbox's items in
/// order; after each connect it calls <see cref="HandleConnected"/>; before it sends messages it has taken it persists
/// <see cref="State"/>; it gives every read to <see cref="Read"/> and says when the stream ended.
/// </summary>
internal sealed class MessageSender
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const int MinRetryMilliseconds = 10;
    private const int MaxRetryMilliseconds = 60_000;
    private const int MaxRewindsWithoutProgress = 16;
    private const int MaxSilentCloses = 2;

    // Nobody has sent so many; what is beyond would overflow our sums.
    private const long HighestLast = MessageLimits.MaxSequence - int.MaxValue;

    private readonly string _client;
    private readonly byte[] _token;
    private readonly PendingItems _items = new();
    private readonly Queue<SenderEvent> _events = [];

    private long _next;
    private int _rewinds;
    private int _silentCloses;
    private bool _wasGreeted;
    private bool _isGreeted;
    private bool _heardSomething;
    private bool _saysPreface;
    private bool _saysToken;
    private bool _isFinishing;
    private bool _saidBye;
    private ServerHello _hello;

    /// <summary>Creates a sender that goes on where its state left off.</summary>
    /// <param name="client">The client's id, valid by <see cref="ClientId"/>.</param>
    /// <param name="state">The state as it was persisted last; the default for a new client.</param>
    /// <param name="token">The token to show, or empty.</param>
    /// <exception cref="ArgumentException">The id or the state cannot be.</exception>
    public MessageSender(string client, SenderState state = default, ReadOnlySpan<byte> token = default)
    {
        if (!ClientId.IsValid(client))
        {
            throw new ArgumentException("A client id is 1 to 32 characters of A-Z a-z 0-9 . _ -", nameof(client));
        }

        if (state.AcknowledgedItem < 0 || state.Acknowledged < 0 || state.Assigned < state.Acknowledged)
        {
            throw new ArgumentException("The state contradicts itself.", nameof(state));
        }

        _client = client;
        _token = token.ToArray();
        State = state;

        // Numbers are given only after a server has answered the preface.
        _wasGreeted = state.Assigned > 0;
        LastOffered = state.AcknowledgedItem;
    }

    /// <summary>What must be persisted before any message taken is sent, together with the items reported as refused until then.</summary>
    public SenderState State { get; private set; }

    /// <summary>The last item that was offered.</summary>
    public long LastOffered { get; private set; }

    /// <summary>How many items are offered and neither acknowledged nor refused.</summary>
    public int PendingCount => _items.Count;

    /// <summary>What the server said about itself; null before its answer to the preface of this connection.</summary>
    public ServerHello? Hello => _isGreeted ? _hello : null;

    /// <summary>Why this connection is over; <see cref="SenderEnd.None"/> as long as it is not.</summary>
    public SenderEnd End { get; private set; } = SenderEnd.Cut;

    /// <summary>The number of the message that ended the connection by <see cref="SenderEnd.Conflict"/> or
    /// <see cref="SenderEnd.Forgotten"/>; 0 otherwise, and where the server named none that waits.</summary>
    public long DisputedSequence { get; private set; }

    /// <summary>Why the preface was refused; <see cref="PrefaceError.None"/> unless it was.</summary>
    public PrefaceError PrefaceError { get; private set; }

    /// <summary>The time in nanoseconds before which no message is taken because the server asked for a pause; null if it did not.</summary>
    public long? ResumeAtNanoseconds { get; private set; }

    /// <summary>True while the server owes an answer: to the preface, to a message or to BYE.</summary>
    public bool AwaitsAnswer => End == SenderEnd.None && (!_isGreeted || _saidBye || _next > State.Acknowledged + 1);

    /// <summary>Offers the next item of the outbox. Those that were numbered before a restart come first, by their order.</summary>
    /// <param name="item">Its position among all items ever taken; more than that of every earlier one, with holes for refused ones.</param>
    /// <param name="length">Bytes of its payload.</param>
    public void Offer(long item, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(item, LastOffered);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _items.Add(item, length);
        LastOffered = item;
    }

    /// <summary>Says that nothing more will be offered: once all is acknowledged the sender says goodbye.</summary>
    public void Finish() => _isFinishing = true;

    /// <summary>Begins a new connection with the preface.</summary>
    /// <exception cref="InvalidOperationException">Fewer items are offered than were numbered before.</exception>
    public void HandleConnected()
    {
        if (_items.Count < State.Assigned - State.Acknowledged)
        {
            throw new InvalidOperationException("Every item that has a number is offered before the first connection.");
        }

        End = SenderEnd.None;
        PrefaceError = PrefaceError.None;
        DisputedSequence = 0;
        ResumeAtNanoseconds = null;
        _rewinds = 0;
        _isGreeted = false;
        _heardSomething = false;
        _saidBye = false;
        _saysPreface = true;
        _saysToken = _token.Length > 0;
        _next = State.Acknowledged + 1;
    }

    /// <summary>Takes the server's units from what has arrived.</summary>
    /// <param name="received">The bytes that follow what earlier calls consumed; it is sliced past what this call consumed, the rest was
    /// examined.</param>
    /// <param name="nowNanoseconds">The time now.</param>
    public void Read(ref ReadOnlySequence<byte> received, long nowNanoseconds)
    {
        Span<byte> unit = stackalloc byte[ControlUnit.Size];
        _heardSomething |= !received.IsEmpty;
        while (End == SenderEnd.None)
        {
            if (!_isGreeted && !LooksNative(received))
            {
                return;
            }

            if (received.Length < ControlUnit.Size)
            {
                return;
            }

            received.Slice(0, ControlUnit.Size).CopyTo(unit);
            received = received.Slice(ControlUnit.Size);
            if (ServerUnit.TryParse(unit, out ServerUnit parsed))
            {
                Handle(parsed, nowNanoseconds);
            }
            else if (_isGreeted)
            {
                End = SenderEnd.ProtocolViolation;
            }
            else
            {
                HandleHello(unit);
            }
        }
    }

    /// <summary>Takes that the stream ended, in whatever way, or could not go on, or that no connection could be made.</summary>
    /// <param name="isOrderly">True if the peer closed it, false if it was reset or timed out or could not be reached.</param>
    public void HandleEnded(bool isOrderly)
    {
        if (End != SenderEnd.None)
        {
            // A server that could not be reached in between was restarted: what it did before says nothing about its form.
            _silentCloses = isOrderly ? _silentCloses : 0;
            return;
        }

        // A server that is killed right after it accepted looks the same once, so the judgement waits for a second time.
        bool isSilent = isOrderly && !_heardSomething && !_wasGreeted;
        _silentCloses = isSilent ? _silentCloses + 1 : 0;
        End = _saidBye ? SenderEnd.Completed : _silentCloses >= MaxSilentCloses ? SenderEnd.PlainServer : SenderEnd.Cut;
    }

    /// <summary>
    /// Takes the next unit to send that is no message: preface, token, BYE. As a message it may be sent only after <see cref="State"/> was
    /// persisted: BYE tells the server that nothing will ever be asked again.
    /// </summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeUnit(Span<byte> unit)
    {
        if (End != SenderEnd.None)
        {
            return false;
        }

        if (_saysPreface)
        {
            _saysPreface = false;
            Preface.Write(MessageSession.Service, _client, unit);
            return true;
        }

        if (_saysToken)
        {
            _saysToken = false;
            TokenUnit.Write(_token, unit);
            return true;
        }

        if (_isFinishing && _isGreeted && !_saidBye && _items.Count == 0)
        {
            _saidBye = true;
            ClientUnit.WriteBye(unit);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Takes the next message the window lets out. It may be sent only after <see cref="State"/>, as it is after this call, was persisted;
    /// a driver takes as many as it can and persists once.
    /// </summary>
    /// <param name="nowNanoseconds">The time now.</param>
    /// <param name="message">The message; the default if there is none.</param>
    /// <returns>False if there is none to send now.</returns>
    public bool TryTakeMessage(long nowNanoseconds, out OutgoingMessage message)
    {
        message = default;
        if (End != SenderEnd.None || !_isGreeted || _saidBye || nowNanoseconds < ResumeAtNanoseconds)
        {
            return false;
        }

        ResumeAtNanoseconds = null;
        while (_next <= State.Acknowledged + _hello.Window)
        {
            int position = (int)(_next - State.Acknowledged - 1);
            if (position >= _items.Count || (_next > State.Assigned && State.Assigned < _hello.Last))
            {
                return false;
            }

            // What the server may have taken under this number it compares, whatever it takes today.
            (long item, int length) = _items[position];
            if (length > _hello.MaxLength && _next > _hello.Last)
            {
                Drop(position);
                continue;
            }

            message = new OutgoingMessage(item, _next, length);
            State = State with { Assigned = Math.Max(State.Assigned, _next) };
            _next++;
            return true;
        }

        return false;
    }

    /// <summary>Takes the next report.</summary>
    /// <param name="senderEvent">The report; the default if there is none.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeEvent(out SenderEvent senderEvent) => _events.TryDequeue(out senderEvent);

    private bool LooksNative(in ReadOnlySequence<byte> received)
    {
        if (SequencePrefix.Match(received, PrefaceDetector.Prefix) != PrefixMatch.Different
            || SequencePrefix.Match(received, "NAK "u8) != PrefixMatch.Different)
        {
            return true;
        }

        // A plain server that can tell refuses the preface in its own framing, which begins with a length.
        byte first = 0;
        foreach (ReadOnlyMemory<byte> segment in received)
        {
            if (!segment.IsEmpty)
            {
                first = segment.Span[0];
                break;
            }
        }

        End = char.IsAsciiDigit((char)first) ? SenderEnd.PlainServer : SenderEnd.NotMessageServer;
        return false;
    }

    private void HandleHello(ReadOnlySpan<byte> unit)
    {
        switch (ServerHello.Parse(unit, out _hello, out PrefaceError error))
        {
            case HelloStatus.Hello:
                _isGreeted = true;
                _wasGreeted = true;
                Resume(_hello.Last);
                break;
            case HelloStatus.Error when error == PrefaceError.Busy:
                End = SenderEnd.StoreUnavailable;
                break;
            case HelloStatus.Error when error == PrefaceError.StoreFailed:
                End = SenderEnd.StoreFailed;
                break;
            case HelloStatus.Error:
                PrefaceError = error;
                End = SenderEnd.Refused;
                break;
            default:
                End = SenderEnd.NotMessageServer;
                break;
        }
    }

    /// <summary>
    /// Goes on from the server's mark. It acknowledges nothing of ours: under the numbers we are unsure of may stand what another sender
    /// with our id sent, so they are sent again and compared.
    /// </summary>
    private void Resume(long last)
    {
        _events.Enqueue(new SenderEvent(SenderEventKind.Connected, last, last));
        if (last > HighestLast)
        {
            End = SenderEnd.ProtocolViolation;
        }
        else if (last < State.Acknowledged)
        {
            // Who has nothing of a client may have been told to forget it: that is no loss, and nobody can tell it from one here.
            SenderEventKind kind = last == 0 ? SenderEventKind.ClientUnknown : SenderEventKind.Lost;
            _events.Enqueue(new SenderEvent(kind, last + 1, State.Acknowledged));
            State = State with { Acknowledged = last, Assigned = last };
        }

        _next = State.Acknowledged + 1;
        GoOnBehindLast();
    }

    /// <summary>Once nothing of ours is unsure, ours go on behind the numbers the server has that we never gave.</summary>
    private void GoOnBehindLast()
    {
        if (State.Assigned == State.Acknowledged && State.Assigned < _hello.Last && End == SenderEnd.None)
        {
            State = State with { Acknowledged = _hello.Last, Assigned = _hello.Last };
            _next = _hello.Last + 1;
        }
    }

    private void Handle(in ServerUnit unit, long nowNanoseconds)
    {
        switch (unit.Kind)
        {
            case ServerUnitKind.Acknowledgement when _isGreeted && unit.Sequence < _next:
                HandleAcknowledgement(unit);
                break;
            case ServerUnitKind.Refusal:
                HandleRefusal(unit, nowNanoseconds);
                break;
            case ServerUnitKind.Bye when _saidBye:
                End = SenderEnd.Completed;
                break;
            default:
                // An acknowledgement of what was never sent, or a word out of its place.
                End = SenderEnd.ProtocolViolation;
                break;
        }
    }

    private void HandleAcknowledgement(in ServerUnit unit)
    {
        if (unit.IsDuplicate)
        {
            // Said of the last one compared, and sent in order: whatever it settles was there before.
            _events.Enqueue(
                new SenderEvent(SenderEventKind.Duplicate, Math.Min(State.Acknowledged + 1, unit.Sequence), unit.Sequence));
        }

        if (unit.Sequence > State.Acknowledged)
        {
            _rewinds = 0;
            Acknowledge(unit.Sequence);
            GoOnBehindLast();
        }
    }

    private void Acknowledge(long sequence)
    {
        int count = (int)(sequence - State.Acknowledged);
        Debug.Assert(count <= _items.Count, "Every number up to the highest assigned one has its item.");
        if (count > 0)
        {
            (long first, long last) = (_items[0].Item, _items[count - 1].Item);
            _items.RemoveFirst(count);
            _events.Enqueue(new SenderEvent(SenderEventKind.Acknowledged, first, last));
            State = State with { AcknowledgedItem = last, Acknowledged = sequence };
        }
    }

    private void HandleRefusal(in ServerUnit unit, long nowNanoseconds)
    {
        bool isAboutMessage = _isGreeted && unit.Sequence > State.Acknowledged && unit.Sequence < _next;
        switch (unit.Code)
        {
            case NakCode.Superseded:
                End = SenderEnd.Superseded;
                break;
            case NakCode.ShuttingDown:
                End = SenderEnd.ShuttingDown;
                break;
            case NakCode.StoreFailed:
                End = SenderEnd.StoreFailed;
                break;
            case NakCode.Token:
                PrefaceError = PrefaceError.Token;
                End = SenderEnd.Refused;
                break;
            case NakCode.Conflict or NakCode.Forgotten:
                DisputedSequence = isAboutMessage ? unit.Sequence : 0;
                End = unit.Code == NakCode.Conflict ? SenderEnd.Conflict : SenderEnd.Forgotten;
                break;
            case NakCode.TooLarge when isAboutMessage && unit.Sequence > _hello.Last:
                Drop((int)(unit.Sequence - State.Acknowledged - 1));
                End = SenderEnd.MessageRefused;
                break;
            case NakCode.Gap or NakCode.Window or NakCode.Busy or NakCode.DiskFull when isAboutMessage:
                Rewind(unit, nowNanoseconds);
                break;
            default:
                End = SenderEnd.ProtocolViolation;
                break;
        }
    }

    private void Rewind(in ServerUnit unit, long nowNanoseconds)
    {
        _next = unit.Sequence;
        int retry = 0;
        if (unit.Code is NakCode.Busy or NakCode.DiskFull)
        {
            retry = Math.Max(unit.RetryMilliseconds ?? 0, MinRetryMilliseconds);
            _events.Enqueue(new SenderEvent(SenderEventKind.Delayed, unit.Sequence, unit.Sequence, unit.Code));
        }
        else if (++_rewinds > MaxRewindsWithoutProgress)
        {
            End = SenderEnd.ProtocolViolation;
        }

        ResumeAtNanoseconds = nowNanoseconds + (Math.Min(retry, MaxRetryMilliseconds) * NanosecondsPerMillisecond);
    }

    /// <summary>Gives up an item for good. It and what follows was not taken, so their numbers go to the next ones.</summary>
    private void Drop(int position)
    {
        Debug.Assert(position < _items.Count);
        long item = _items[position].Item;
        _items.RemoveAt(position);
        State = State with
        {
            AcknowledgedItem = position == 0 ? item : State.AcknowledgedItem,
            Assigned = Math.Min(State.Assigned, State.Acknowledged + position),
        };
        _events.Enqueue(new SenderEvent(SenderEventKind.Refused, item, item, NakCode.TooLarge));
    }
}

using System.Buffers;
using System.Diagnostics;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Messages;

/// <summary>
/// The server's side of one native connection, from the accepted preface to its end (docs/protocols/messages.md section 4): which message
/// is appended, which is a repeat, and which units answer. It stores nothing and acknowledges nothing before the ledger heard that it is
/// committed. The driver calls <see cref="Read"/>, acts on the step, and after every call that could change something writes what
/// <see cref="TryTakeUnit"/> gives until it gives none; then it looks at <see cref="ShouldClose"/>.
/// Not synchronised: see <see cref="ClientLedger"/>.
/// </summary>
internal sealed class MessageSession
{
    private readonly ClientLedger _ledger;
    private readonly MessageSessionOptions _options;

    private NakCode? _closing;
    private bool _isOffered;
    private bool _isRewinding;
    private bool _isTokenAllowed = true;
    private bool _isInsideUnit;
    private bool _hasHeader;
    private ClientUnit _header;
    private RepeatComparison? _repeat;
    private long _discard;

    private bool _saysHello;
    private long _duplicate;
    private long _acknowledged;
    private ServerUnit? _refusal;
    private bool _saysBye;
    private bool _hasClientBye;

    /// <summary>Creates the session of a client whose preface was accepted. It speaks for the client from now on.</summary>
    /// <param name="ledger">The ledger of the client's id.</param>
    /// <param name="options">The same for all sessions of a ledger.</param>
    public MessageSession(ClientLedger ledger, MessageSessionOptions options)
        : this(ledger, options, ledger.NewestOrder + 1)
    {
    }

    /// <summary>Creates the session of a client whose preface was accepted. It speaks for it from now on, unless a later one does.</summary>
    /// <param name="ledger">The ledger of the client's id.</param>
    /// <param name="options">The same for all sessions of a ledger.</param>
    /// <param name="acceptOrder">Which connection it is: higher for one that was accepted later.</param>
    public MessageSession(ClientLedger ledger, MessageSessionOptions options, long acceptOrder)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Window, MessageLimits.MinWindow, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Window, MessageLimits.MaxWindow, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxLength, nameof(options));
        _ledger = ledger;
        _options = options;
        AcceptOrder = acceptOrder;
        ledger.Attach(this);
    }

    /// <summary>Messages that came again and are the same as before: they are acknowledged again, and not stored.</summary>
    public long Repeats { get; private set; }

    /// <summary>The conversation's name in a preface.</summary>
    public static ReadOnlySpan<byte> Service => "messages"u8;

    /// <summary>True once the client's preface is answered.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>True once the connection's turn has come and its store has to be opened: the driver opens it and says so with
    /// <see cref="ClientLedger.HandleOpened"/> or <see cref="ClientLedger.HandleNotOpened"/>.</summary>
    public bool IsOpening { get; private set; }

    /// <summary>True as long as a message may be appended: a driver that had to wait for space looks again before it does, and where it is
    /// false says so with <see cref="HandleRefused"/>.</summary>
    public bool MaySubmit => IsOpen && _closing is null && !IsFinished && !IsOvertaken;

    /// <summary>True while a unit was begun and not finished: the time within which it must come is running.</summary>
    public bool IsInsideUnit => _isInsideUnit && _closing is null;

    /// <summary>True while a header is complete and its payload is not.</summary>
    public bool AwaitsPayload => _hasHeader && !_isOffered;

    /// <summary>How long the payload is, while it is awaited.</summary>
    internal long PayloadLength => _header.Length;

    /// <summary>True when <see cref="TryTakeUnit"/> has a unit to give.</summary>
    public bool HasUnit => _saysHello || _duplicate > 0 || _acknowledged > 0 || _refusal is not null || _saysBye || Error != PrefaceError.None;

    /// <summary>True once everything was said and taken: the driver closes the connection.</summary>
    public bool ShouldClose => IsFinished && !HasUnit;

    /// <summary>Why the server ends the connection; null where it does not.</summary>
    public NakCode? ClosedFor => _closing;

    /// <summary>The highest number that a unit given by <see cref="TryTakeUnit"/> acknowledges for the first time; 0 before.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>True once the client's BYE was answered by BYE: all it sent is acknowledged, and it will ask for none of it again.</summary>
    public bool HasSaidGoodbye { get; private set; }

    internal long AcceptOrder { get; }

    internal bool IsFinished { get; private set; }

    private PrefaceError Error { get; set; }

    /// <summary>True when the ledger moved back while the driver waited with a message in its hand.</summary>
    private bool IsOvertaken => _isOffered && _header.Sequence != _ledger.Expected;

    /// <summary>Takes the next unit, or the payload it announced, from what has arrived.</summary>
    /// <param name="received">The bytes that follow what earlier calls consumed; it is sliced past what this call consumed. After
    /// <see cref="SessionStep.NeedMore"/> everything left was examined.</param>
    /// <param name="sequence">The message's number after <see cref="SessionStep.Append"/>; 0 otherwise.</param>
    /// <param name="payload">The message after <see cref="SessionStep.Append"/>, a slice of <paramref name="received"/> as it was; empty
    /// otherwise.</param>
    /// <returns>What to do now.</returns>
    public SessionStep Read(ref ReadOnlySequence<byte> received, out long sequence, out ReadOnlySequence<byte> payload)
    {
        Debug.Assert(!_isOffered, "The driver has not said what became of the last message.");
        sequence = 0;
        payload = ReadOnlySequence<byte>.Empty;
        if (_closing is not null || IsFinished || _hasClientBye)
        {
            return SessionStep.Closed;
        }

        if (!IsOpen)
        {
            return SessionStep.Blocked;
        }

        if (_discard > 0)
        {
            long discarded = Math.Min(_discard, received.Length);
            received = received.Slice(discarded);
            _discard -= discarded;
            return _discard > 0 ? SessionStep.NeedMore : SessionStep.Continue;
        }

        return !_hasHeader ? ReadUnit(ref received)
            : _repeat is not null ? ReadRepeat(ref received)
            : ReadPayload(ref received, out sequence, out payload);
    }

    /// <summary>Takes that the message of the last <see cref="SessionStep.Append"/> is queued in the store.</summary>
    public void HandleAppended()
    {
        Debug.Assert(_isOffered && MaySubmit);
        _isOffered = false;
        _ledger.Take(_header.Sequence);
    }

    /// <summary>Takes that the store did not accept the message of the last <see cref="SessionStep.Append"/>.</summary>
    /// <param name="code">Why; without effect where <see cref="MaySubmit"/> is false, since the client is answered already.</param>
    public void HandleRefused(NakCode code)
    {
        Debug.Assert(_isOffered);
        bool maySubmit = MaySubmit;
        _isOffered = false;
        if (!maySubmit)
        {
            return;
        }

        if (NakCodes.KeepsConnection(code))
        {
            Rewind(code);
        }
        else
        {
            Close(code);
        }
    }

    /// <summary>Ends the connection from the server's side: nothing more is submitted; what is under way is acknowledged first.</summary>
    /// <param name="code">Any that closes; the first one counts.</param>
    public void Close(NakCode code)
    {
        Debug.Assert(!NakCodes.KeepsConnection(code));
        if (IsFinished)
        {
            return;
        }

        _closing ??= code;
        Settle();
    }

    /// <summary>Takes that the connection is gone. What it submitted goes on.</summary>
    public void HandleDisconnected()
    {
        IsFinished = true;
        _isOffered = false;
        _ledger.Detach(this);
    }

    /// <summary>Takes the next unit to send.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeUnit(Span<byte> unit)
    {
        if (Error != PrefaceError.None)
        {
            PrefaceErrors.Write(Error, unit);
            Error = PrefaceError.None;
        }
        else if (_saysHello)
        {
            _saysHello = false;
            new ServerHello(_ledger.Committed, _options.Level, _options.MaxLength, _options.Window).Write(unit);
        }
        else if (_duplicate > 0)
        {
            ServerUnit.Acknowledge(_duplicate, _options.Level, isDuplicate: true).Write(unit);
            _duplicate = 0;
        }
        else if (_acknowledged > 0)
        {
            ServerUnit.Acknowledge(_acknowledged, _options.Level).Write(unit);
            (Acknowledged, _acknowledged) = (_acknowledged, 0);
        }
        else if (_refusal is ServerUnit refusal)
        {
            refusal.Write(unit);
            _refusal = null;
        }
        else if (_saysBye)
        {
            ServerUnit.Bye.Write(unit);
            _saysBye = false;
            HasSaidGoodbye = true;
        }
        else
        {
            return false;
        }

        return true;
    }

    internal void Open()
    {
        IsOpening = _ledger.IsOpenedForEach;
        if (!IsOpening)
        {
            HandleOpened();
        }
    }

    internal void HandleOpened()
    {
        // A newer connection, or a stop, may have closed it meanwhile: then that is the answer.
        IsOpening = false;
        _saysHello = IsOpen = _closing is null;
        Settle();
    }

    /// <summary>The store does not take the client's messages from this connection, or not any more.</summary>
    internal void HandleStoreClosed(NakCode code)
    {
        IsOpening = false;
        if (!IsFinished)
        {
            _closing = _closing == NakCode.Superseded ? _closing : code;
            Settle();
        }
    }

    /// <summary>Ends without a word: what was prepared is not said either.</summary>
    internal void Abandon()
    {
        (IsFinished, _saysHello, _saysBye) = (true, false, false);
        _duplicate = _acknowledged = 0;
        _refusal = null;
    }

    internal void HandleCommitted(long sequence)
    {
        if (!IsFinished)
        {
            _acknowledged = sequence;
            Settle();
        }
    }

    internal void HandleFailed(NakCode code)
    {
        if (IsFinished)
        {
            return;
        }

        if (_closing == NakCode.Superseded)
        {
            Settle();
        }
        else if (_closing is not null || _hasClientBye || !NakCodes.KeepsConnection(code))
        {
            // The number of the message that closed the connection is expected no more: what failed comes first.
            _closing = code;
            Settle();
        }
        else
        {
            Rewind(code);
        }
    }

    private SessionStep ReadUnit(ref ReadOnlySequence<byte> received)
    {
        _isInsideUnit = received.Length is > 0 and < ControlUnit.Size;
        if (received.Length < ControlUnit.Size)
        {
            return SessionStep.NeedMore;
        }

        Span<byte> unit = stackalloc byte[ControlUnit.Size];
        received.Slice(0, ControlUnit.Size).CopyTo(unit);
        received = received.Slice(ControlUnit.Size);
        bool isUnit = ClientUnit.TryParse(unit, out ClientUnit parsed);
        bool isTokenAllowed = _isTokenAllowed;
        _isTokenAllowed = false;
        if (!isUnit || (parsed.Kind == ClientUnitKind.Token && !isTokenAllowed))
        {
            Close(NakCode.BadFrame);
        }
        else if (parsed.Kind == ClientUnitKind.Bye)
        {
            _hasClientBye = true;
            Settle();
        }
        else if (parsed.Kind == ClientUnitKind.Message)
        {
            HandleHeader(parsed);
        }

        return SessionStep.Continue;
    }

    private void HandleHeader(in ClientUnit header)
    {
        long expected = _ledger.Expected;
        if (_isRewinding && header.Sequence != expected)
        {
            // One NAK for each rewind: what the client sent before it heard of the refusal is not answered.
            _discard = header.Length;
        }
        else if (header.Sequence > expected)
        {
            Rewind(NakCode.Gap);
            _discard = header.Length;
        }
        else if (header.Sequence < expected)
        {
            BeginRepeat(header);
        }
        else if (header.Length > _options.MaxLength)
        {
            Close(NakCode.TooLarge);
        }
        else if (_ledger.Outstanding >= _options.Window)
        {
            Rewind(NakCode.Window);
            _discard = header.Length;
        }
        else
        {
            _isRewinding = false;
            _hasHeader = true;
            _header = header;
        }
    }

    /// <summary>Takes the header of a message whose number was taken before. What was taken is looked up now: it may be forgotten when
    /// the repeat is complete.</summary>
    private void BeginRepeat(in ClientUnit header)
    {
        _header = header;

        // The limit may have been another when it was stored; what is under way was taken under today's.
        long longest = header.Sequence > _ledger.Committed
            ? _options.MaxLength
            : Math.Max(_options.MaxLength, MessageLimits.MaxStoredLength);
        if (header.Length > longest)
        {
            Close(NakCode.Conflict);
        }
        else if (!_ledger.History.TryGetCrc(header.Sequence, out uint crc))
        {
            Close(NakCode.Forgotten);
        }
        else
        {
            _hasHeader = true;
            _repeat = new RepeatComparison(header.Length, crc);
        }
    }

    private SessionStep ReadRepeat(ref ReadOnlySequence<byte> received)
    {
        RepeatComparison repeat = _repeat!.Value;
        repeat.Take(ref received);
        if (!repeat.IsComplete)
        {
            _repeat = repeat;
            return SessionStep.NeedMore;
        }

        _repeat = null;
        _hasHeader = false;

        // The ledger may have moved back since the header came; then the refusal was said already.
        if (!_isRewinding && _header.Sequence < _ledger.Expected)
        {
            AnswerRepeat(repeat.IsSame);
        }

        return SessionStep.Continue;
    }

    private void AnswerRepeat(bool isSame)
    {
        Repeats += isSame ? 1 : 0;
        if (!isSame)
        {
            Close(NakCode.Conflict);
        }
        else if (_header.Sequence <= _ledger.Committed)
        {
            _duplicate = Math.Max(_duplicate, _header.Sequence);
        }
    }

    private SessionStep ReadPayload(ref ReadOnlySequence<byte> received, out long sequence, out ReadOnlySequence<byte> payload)
    {
        sequence = 0;
        payload = ReadOnlySequence<byte>.Empty;
        if (received.Length < _header.Length)
        {
            return SessionStep.NeedMore;
        }

        ReadOnlySequence<byte> whole = received.Slice(0, _header.Length);
        received = received.Slice(_header.Length);
        _hasHeader = false;

        // The ledger may have moved back since the header came; then the refusal was said already.
        if (_header.Sequence > _ledger.Expected)
        {
            return SessionStep.Continue;
        }

        _isRewinding = false;
        _isOffered = true;
        sequence = _header.Sequence;
        payload = whole;
        return SessionStep.Append;
    }

    private void Rewind(NakCode code)
    {
        _isRewinding = true;
        int retry = code is NakCode.Busy or NakCode.DiskFull ? _options.RetryMilliseconds : 0;
        _refusal = ServerUnit.Refuse(_ledger.Expected, code, retry);
    }

    /// <summary>Says the last word once nothing is under way any more.</summary>
    private void Settle()
    {
        // While the store is being opened for it a newer connection's turn has not come: two openings must not overtake one another.
        if (IsFinished || IsOpening || (IsOpen && !_ledger.IsSettled))
        {
            return;
        }

        if (_closing is NakCode code)
        {
            SayWhy(code);
        }
        else if (_hasClientBye)
        {
            _saysBye = true;
            IsFinished = true;
        }
    }

    private void SayWhy(NakCode code)
    {
        IsFinished = true;
        if (!IsOpen && code is NakCode.StoreFailed or NakCode.Busy)
        {
            Error = code == NakCode.Busy ? PrefaceError.Busy : PrefaceError.StoreFailed;
            return;
        }

        long sequence = !IsOpen || code == NakCode.Superseded ? 0
            : code is NakCode.Conflict or NakCode.Forgotten ? _header.Sequence
            : _ledger.Expected;
        _refusal = ServerUnit.Refuse(sequence, code, NakCodes.KeepsConnection(code) ? _options.RetryMilliseconds : null);
    }
}

using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>One reliable byte stream in each direction, of an <see cref="ArqEndpoint"/> whose rule of one thread it shares.</summary>
public sealed class ArqConnection
{
    private readonly ArqEndpoint _endpoint;
    private readonly SendStream _stream;
    private readonly ConnectionTimers _clock;
    private TimerTable _timers = new();
    private DatagramSizer _sizer;
    private bool _isReadableTold;
    private bool _wantsWritable;
    private bool _isFinishedTold;

    internal ArqConnection(ArqEndpoint endpoint, ConnectionOptions options, in PathKey path, ulong id, bool isClient, IArqRandom random,
        Tracer tracer, ChunkPool chunks)
    {
        _endpoint = endpoint;
        Chunks = chunks;
        _stream = new SendStream(chunks, 0);
        _clock = new ConnectionTimers(this);
        Output = new ConnectionOutput(this, random);
        Options = options;
        Path = path;
        Id = id;
        IsClient = isClient;
        Trace = tracer;
    }

    /// <summary>Where it stands.</summary>
    public ConnectionState State { get; private set; }

    /// <summary>Why it ended; <see cref="ArqCloseCode.None"/> while it lives or if it ended in order.</summary>
    public ArqCloseCode CloseCode { get; private set; }

    /// <summary>What ended it: <see cref="TraceCause.Reset"/> if the peer did; <see cref="TraceCause.None"/> while it lives.</summary>
    public TraceCause CloseCause { get; private set; }

    /// <summary>The peer's address.</summary>
    public PathKey Path { get; }

    /// <summary>What both sides agreed on; before that, what was asked.</summary>
    public ConnectionOptions Options { get; private set; }

    /// <summary>Our number of this connection, unique in the endpoint.</summary>
    public ulong Id { get; }

    /// <summary>Whether the client's side of the connection is ours.</summary>
    public bool IsClient { get; }

    /// <summary>Counters and estimates.</summary>
    public ConnectionStats Stats
    {
        get
        {
            if (Core is not { } core)
            {
                return default;
            }

            return new ConnectionStats(core.Stats)
            {
                SmoothedRttNs = core.RoundTrip.HasSample ? core.RoundTrip.SmoothedNs : 0,
                MinRttNs = core.RoundTrip.MinimumNs,
                CongestionWindowBytes = core.Congestion.WindowBytes,
                BytesInFlight = core.Packets.BytesInFlight,
                DatagramSize = DatagramSize,
                BytesAheadOfGaps = Receive!.AheadBytes,
            };
        }
    }

    /// <summary>Anything the owner wants to find again from an event.</summary>
    public object? Tag { get; set; }

    /// <summary>Bytes that can be read now.</summary>
    public long ReadableBytes => Receive?.ReadableBytes ?? 0;

    /// <summary>Whether the peer finished and every byte up to its end is here, read or readable.</summary>
    public bool IsPeerFinished => Receive?.IsComplete ?? false;

    /// <summary>Bytes written and not yet acknowledged.</summary>
    public long UnacknowledgedBytes => _stream.HeldBytes;

    internal ulong PeerId { get; private set; }

    internal ulong Key { get; private set; }

    internal uint Seed => (uint)Key;

    internal Tracer Trace { get; }

    internal ClientHandshake? Handshake { get; set; }

    internal SendCore? Core { get; private set; }

    internal SendStrategy? Strategy { get; private set; }

    internal ReceiveStream? Receive { get; private set; }

    internal AckState? Acks { get; private set; }

    internal ConnectionOutput Output { get; }

    internal ChunkPool Chunks { get; }

    internal SendStream Stream => _stream;

    internal ref TimerTable Timers => ref _timers;

    internal ref DatagramSizer Sizer => ref _sizer;

    internal long GranularityNs => _endpoint.Options.TimerGranularityNs;

    /// <summary>The largest datagram of ours: that of a full frame where frames are fixed.</summary>
    internal int DatagramSize => Options.FrameSize > 0 ? Options.FrameSize + PacketLayout.DataHeaderLength : _sizer.Current;

    internal int FrameRoom => DatagramSize - PacketLayout.DataHeaderLength;

    /// <summary>Where the endpoint keeps it among the deadlines; -1 if nowhere.</summary>
    internal int DeadlineSlot { get; set; } = -1;

    /// <summary>The deadline it is filed under, which may be earlier than the real one.</summary>
    internal long FiledDeadlineNs { get; set; }

    /// <summary>Whether it waits in the endpoint's queue of connections with something to send.</summary>
    internal bool IsQueued { get; set; }

    internal bool IsClosing { get; private set; }

    /// <summary>Takes bytes to send.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>How many were taken, from the front: less than given if the buffer is full, 0 also if the stream was finished.</returns>
    public int Write(ReadOnlySpan<byte> source, long nowNs)
    {
        if (_stream.IsFinished || State is ConnectionState.Closed or ConnectionState.Reset)
        {
            return 0;
        }

        int count = (int)Math.Min(source.Length, Math.Max(0, SendRoom().Bytes));
        _wantsWritable |= count < source.Length;
        if (count > 0)
        {
            _clock.LastProgressNs = _stream.HeldBytes == 0 ? nowNs : _clock.LastProgressNs;
            _stream.Write(source[..count]);
            if (Options.FlushEachWrite)
            {
                _stream.Flush();
            }

            _endpoint.Enqueue(this);
        }

        return count;
    }

    /// <summary>Sends what was written without waiting for a full frame.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Flush(long nowNs)
    {
        _ = nowNs;
        _stream.Flush();
        _endpoint.Enqueue(this);
    }

    /// <summary>Ends our direction after what was written. Reading goes on.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Finish(long nowNs)
    {
        if (_stream.IsFinished || State is ConnectionState.Closed or ConnectionState.Reset)
        {
            return;
        }

        _clock.LastProgressNs = _stream.HeldBytes == 0 ? nowNs : _clock.LastProgressNs;
        _stream.Finish();
        _endpoint.Enqueue(this);
    }

    /// <summary>Gives the connection up; the peer is told once.</summary>
    /// <param name="code">Why. No orderly end: <see cref="ArqCloseCode.None"/> counts as <see cref="ArqCloseCode.Aborted"/>.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Abort(ArqCloseCode code, long nowNs)
        => Fail(code == ArqCloseCode.None ? ArqCloseCode.Aborted : code, TraceCause.Aborted, tellPeer: true, nowNs);

    /// <summary>Reads bytes in order. What came before an error can still be read.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>How many bytes; 0 if none are there yet; -1 at the end of the stream, when the peer finished and every byte was
    /// read.</returns>
    public int Read(Span<byte> destination, long nowNs)
    {
        if (Receive is not { } receive)
        {
            return 0;
        }

        if (receive.IsAtEnd)
        {
            return -1;
        }

        long offset = receive.Consumed;
        int count = receive.Read(destination);
        if (count > 0)
        {
            Trace.Frame(TraceEventKind.BytesDelivered, nowNs, TraceEvent.NotApplicable, offset, count);
        }

        AfterReading();
        return count;
    }

    /// <summary>Readable bytes in place. They stay valid and unchanged until <see cref="Advance"/> marks them as read.</summary>
    /// <param name="skip">Readable bytes to pass over, 0 to <see cref="ReadableBytes"/>.</param>
    /// <returns>The bytes behind them that lie together, possibly fewer than there are; empty if there are none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More is passed over than can be read.</exception>
    public ReadOnlyMemory<byte> Peek(long skip = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(skip, ReadableBytes);
        return Receive is { } receive ? receive.Peek(skip) : default;
    }

    /// <summary>Asks for one more <see cref="ArqEventKind.Readable"/> when bytes follow those that are readable now. A reader who can
    /// do nothing with what is readable is given a larger window, so that the peer does not wait for the reader and the reader for
    /// the peer.</summary>
    public void AskForMore()
    {
        _isReadableTold = false;
        if (State == ConnectionState.Open && ReadableBytes > 0 && Receive!.TryWiden())
        {
            Acks!.AskNow();
            _endpoint.Enqueue(this);
        }
    }

    /// <summary>Gives back the memory of what was received and not read. Only for a connection that ended.</summary>
    /// <exception cref="InvalidOperationException">The connection lives.</exception>
    public void DiscardReceived()
    {
        if (State is not (ConnectionState.Closed or ConnectionState.Reset))
        {
            throw new InvalidOperationException("What a living connection receives is read, not discarded.");
        }

        Receive?.Discard();
    }

    /// <summary>Marks bytes seen by <see cref="Peek"/> as read.</summary>
    /// <param name="count">How many, at most as many as Peek showed.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than can be read.</exception>
    public void Advance(int count, long nowNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ReadableBytes);
        if (Receive is { } receive && count > 0)
        {
            Trace.Frame(TraceEventKind.BytesDelivered, nowNs, TraceEvent.NotApplicable, receive.Consumed, count);
            receive.Consume(count);
            AfterReading();
        }
    }

    /// <summary>The client's server answered with a cookie: data may flow.</summary>
    internal void OnCookie(ulong peerId, ulong key, in Parameters granted, long roundTripNs, long nowNs)
    {
        Establish(peerId, key, _endpoint.Agreements.Apply(granted, Options, isServer: false), ConnectionState.Confirming, nowNs);
        _endpoint.OnPeerKnown(this);
        if (roundTripNs > 0)
        {
            Core!.RoundTrip.Sample(roundTripNs, 0);
            Core.ReportCongestion(Core.Congestion.WindowBytes, nowNs);
        }
    }

    /// <summary>The client's cookie opens nothing: back to the request. Only for one that has not sent a byte of the stream.</summary>
    internal void ForgetCookie(ConnectionOptions asked, long nowNs)
    {
        _endpoint.OnPeerForgotten(this);
        (PeerId, Key, Core, Strategy, Receive, Acks) = (0, 0, null, null, null, null);
        Options = asked;
        _stream.ForgetLimit();
        _timers.StopAll();
        SetState(ConnectionState.SynSent, nowNs);
        _endpoint.Enqueue(this);
    }

    /// <summary>The server accepted: the cookie's age bounds the first round trip.</summary>
    internal void OnAccepted(ulong peerId, ulong key, ConnectionOptions agreed, long roundTripNs, long nowNs)
    {
        Establish(peerId, key, agreed, ConnectionState.Open, nowNs);
        Core!.RoundTrip.Guess(roundTripNs);
        Acks!.AskNow();
    }

    /// <summary>A copy of the CONFIRM that opened the connection: the answer to it was lost.</summary>
    internal void OnConfirmRepeated() => Acks!.AskNow();

    /// <summary>Any packet that proved to come from the peer.</summary>
    internal void OnHeard(long nowNs)
    {
        _clock.OnHeard(nowNs);
        if (State == ConnectionState.Confirming)
        {
            SetState(ConnectionState.Open, nowNs);
            _timers.Stop(TimerKind.Handshake);
            Handshake = null;
            _endpoint.Raise(ArqEventKind.Connected, this, ArqCloseCode.None);
        }
    }

    /// <summary>A packet with our number failed its checksum: counted, and nothing else.</summary>
    internal void OnCorrupt(int length, long nowNs)
    {
        if (Core is { } core)
        {
            core.Stats.CorruptReceived++;
        }

        Trace.Note(TraceEventKind.FrameCorrupted, nowNs, length: length);
    }

    /// <summary>The peer has more of what we sent.</summary>
    internal void OnProgress(long nowNs)
    {
        _clock.LastProgressNs = nowNs;
        TellWritable();
    }

    internal void OnCredit() => _clock.OnCredit();

    internal void TellReadable()
    {
        if (!_isReadableTold && (ReadableBytes > 0 || Receive!.IsAtEnd))
        {
            _isReadableTold = true;
            _endpoint.Raise(ArqEventKind.Readable, this, ArqCloseCode.None);
        }
    }

    internal void OnReset(ArqCloseCode code, long nowNs)
    {
        Trace.Note(TraceEventKind.ControlReceived, nowNs, TraceCause.Reset, (long)code);
        Fail(code, TraceCause.Reset, tellPeer: false, nowNs);
    }

    /// <summary>Ends the connection by an error.</summary>
    internal void Fail(ArqCloseCode code, TraceCause cause, bool tellPeer, long nowNs)
    {
        if (State is ConnectionState.Closed or ConnectionState.Reset)
        {
            return;
        }

        (CloseCode, CloseCause) = (code, cause);
        bool isKnownToPeer = State != ConnectionState.SynSent;
        SetState(ConnectionState.Reset, nowNs);
        _timers.StopAll();
        _stream.Discard();
        Trace.Note(TraceEventKind.ConnectionClosed, nowNs, cause, (long)code);
        _endpoint.Retire(this, tellPeer && isKnownToPeer, nowNs);
        _endpoint.Raise(ArqEventKind.Reset, this, code);
    }

    /// <summary>Both directions ended and nothing remains to be said.</summary>
    internal void CloseInOrder(long nowNs)
    {
        CloseCause = TraceCause.Finished;
        SetState(ConnectionState.Closed, nowNs);
        _timers.StopAll();
        _stream.Discard();
        Trace.Note(TraceEventKind.ConnectionClosed, nowNs, TraceCause.Finished);
        _endpoint.Retire(this, tellPeer: false, nowNs);
        _endpoint.Raise(ArqEventKind.Closed, this, ArqCloseCode.None);
    }

    /// <summary>Fills the next batch, and when nothing is left to send sees whether the connection is over and when it wants to be
    /// woken.</summary>
    internal int Fill(Span<byte> buffer, int maxSegments, long nowNs, out int segmentSize)
    {
        SettleEnd();
        int length = Output.Fill(buffer, maxSegments, nowNs, out segmentSize);
        TellWritable();
        if (length > 0)
        {
            _clock.Rearm(nowNs); // a driver whose socket is full comes back later, and timers must be right until then
            return length;
        }

        if (IsClosing && State == ConnectionState.Open && !Acks!.HasUnacknowledged)
        {
            CloseInOrder(nowNs);
        }

        _clock.Rearm(nowNs);
        return 0;
    }

    internal void OnTimer(long nowNs) => _clock.OnTimer(nowNs);

    internal void ReportDatagramSize(long nowNs)
    {
        Core!.Congestion.SetDatagramSize(DatagramSize);
        Trace.Note(TraceEventKind.DatagramSizeChanged, nowNs, value: DatagramSize);
    }

    internal void Trim()
    {
        _stream.Trim();
        Strategy?.Trim();
        Receive?.Trim();
        Acks?.Trim();
    }

    internal void CheckInvariants() => ConnectionInvariants.Check(this);

    internal void SetState(ConnectionState state, long nowNs)
    {
        Trace.Note(TraceEventKind.StateChanged, nowNs, value: (long)state, secondValue: (long)State);
        State = state;
    }

    private void Establish(ulong peerId, ulong key, ConnectionOptions agreed, ConnectionState state, long nowNs)
    {
        PeerId = peerId;
        Key = key;
        Options = agreed;
        _sizer = agreed.FrameSize > 0 ? DatagramSizer.Fixed : new DatagramSizer(agreed.MaxDatagramSize, agreed.MtuProbing);
        _stream.RaiseLimit(agreed.InitialWindowBytes);
        bool isRepeat = agreed.Mode == ArqMode.SelectiveRepeat;
        Core = new SendCore(_stream, agreed, CongestionControllers.For(agreed, DatagramSize), GranularityNs, Trace);
        Strategy = isRepeat ? new SelectiveRepeatSender(Core, this) : new FixedFrameSender(Core);
        Receive = new ReceiveStream(Chunks, agreed.InitialWindowBytes, agreed.MaxWindowBytes, isRepeat);
        Acks = new AckState(!isRepeat, agreed.AckEvery, agreed.MaxAckDelayNs, nowNs);
        _clock.LastHeardNs = nowNs;
        _clock.LastProgressNs = nowNs;
        SetState(state, nowNs);
    }

    private WriterRoom SendRoom() => WriterRoom.Of(_stream, Options, Chunks, Core?.Congestion.WindowBytes ?? 0);

    /// <summary>Waking a writer costs more than a packet: it is told when there is half of the room to fill.</summary>
    private void TellWritable()
    {
        if (_wantsWritable && SendRoom().IsHalfEmpty)
        {
            _wantsWritable = false;
            _endpoint.Raise(ArqEventKind.Writable, this, ArqCloseCode.None);
        }
    }

    private void AfterReading()
    {
        if (ReadableBytes == 0)
        {
            _isReadableTold = false;
        }

        if (State == ConnectionState.Open && Receive!.TryRaiseLimit())
        {
            Acks!.AskNow();
            _endpoint.Enqueue(this);
        }
    }

    private void SettleEnd()
    {
        if (State != ConnectionState.Open)
        {
            return;
        }

        if (_stream.IsFinAcknowledged && !_isFinishedTold)
        {
            _isFinishedTold = true;
            _endpoint.Raise(ArqEventKind.Finished, this, ArqCloseCode.None);
        }

        if (!IsClosing && _stream.IsFinAcknowledged && Receive!.IsComplete)
        {
            IsClosing = true;
            if (Acks!.HasUnacknowledged)
            {
                Acks.AskNow();
            }
        }
    }
}

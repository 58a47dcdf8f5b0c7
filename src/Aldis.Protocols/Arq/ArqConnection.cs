using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>One reliable byte stream in each direction, of an <see cref="ArqEndpoint"/> whose rule of one thread it shares.</summary>
internal sealed class ArqConnection
{
    private readonly ArqEndpoint _endpoint;
    private readonly SendStream _stream;
    private readonly IArqRandom _random;
    private TimerTable _timers = new();
    private bool _isReadableTold;
    private bool _wantsWritable;
    private bool _isFinishedTold;

    internal ArqConnection(ArqEndpoint endpoint, ConnectionOptions options, in PathKey path, ulong id, bool isClient, IArqRandom random,
        Tracer tracer, ChunkPool chunks)
    {
        _endpoint = endpoint;
        Chunks = chunks;
        _stream = new SendStream(chunks, 0);
        _random = random;
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
            if (Established is not { } established)
            {
                return default;
            }

            SendCore core = established.Core;
            return new ConnectionStats(core.Stats)
            {
                SmoothedRttNs = core.RoundTrip.HasSample ? core.RoundTrip.SmoothedNs : 0,
                MinRttNs = core.RoundTrip.MinimumNs,
                CongestionWindowBytes = core.Congestion.WindowBytes,
                BytesInFlight = core.Packets.BytesInFlight,
                DatagramSize = established.DatagramSize,
                BytesAheadOfGaps = established.Receive.AheadBytes,
                LargestReceived = established.Acks.Largest,
            };
        }
    }

    /// <summary>Anything the owner wants to find again from an event.</summary>
    public object? Tag { get; set; }

    /// <summary>Bytes that can be read now.</summary>
    public long ReadableBytes => Established?.Receive.ReadableBytes ?? 0;

    /// <summary>Whether the peer finished and every byte up to its end is here, read or readable.</summary>
    public bool IsPeerFinished => Established?.Receive.IsComplete ?? false;

    /// <summary>Bytes written and not yet acknowledged.</summary>
    public long UnacknowledgedBytes => _stream.HeldBytes;

    /// <summary>What there is once the peer is known: on the client's side from the cookie on, unless that turns out to open nothing, on
    /// the server's from the start. Stays when the connection ends.</summary>
    internal EstablishedConnection? Established { get; private set; }

    /// <summary>The client's opening; null on the server's side, and once the connection is open.</summary>
    internal ClientHandshake? Handshake { get; set; }

    /// <summary>The peer's number of the connection; 0 before it is known.</summary>
    internal ulong PeerId => Established?.PeerId ?? 0;

    /// <summary>What seeds the checksums and proves a RESET; 0 before it is known.</summary>
    internal ulong Key => Established?.Key ?? 0;

    internal uint Seed => (uint)Key;

    internal Tracer Trace { get; set; }

    internal ChunkPool Chunks { get; }

    internal SendStream Stream => _stream;

    internal ref TimerTable Timers => ref _timers;

    internal long GranularityNs => _endpoint.Options.TimerGranularityNs;

    /// <summary>Where the endpoint keeps it among the deadlines; -1 if nowhere.</summary>
    internal int DeadlineSlot { get; set; } = -1;

    /// <summary>The deadline it is filed under, which may be earlier than the real one.</summary>
    internal long FiledDeadlineNs { get; set; }

    /// <summary>Whether it waits in the endpoint's queue of connections with something to send.</summary>
    internal bool IsQueued { get; set; }

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
            Established?.OnWriting(nowNs);
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

        Established?.OnWriting(nowNs);
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
        if (Established is not { } established)
        {
            return 0;
        }

        ReceiveStream receive = established.Receive;
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

        AfterReading(established);
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
        return Established is { } established ? established.Receive.Peek(skip) : default;
    }

    /// <summary>Asks for one more <see cref="ArqEventKind.Readable"/> when bytes follow those that are readable now. A reader who can
    /// do nothing with what is readable is given a larger window, so that the peer does not wait for the reader and the reader for
    /// the peer.</summary>
    public void AskForMore()
    {
        _isReadableTold = false;
        if (State == ConnectionState.Open && ReadableBytes > 0 && Established is { } established && established.Receive.TryWiden())
        {
            established.Acks.AskNow();
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

        Established?.Receive.Discard();
    }

    /// <summary>Marks bytes seen by <see cref="Peek"/> as read.</summary>
    /// <param name="count">How many, at most as many as Peek showed.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than can be read.</exception>
    public void Advance(int count, long nowNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ReadableBytes);
        if (Established is { } established && count > 0)
        {
            ReceiveStream receive = established.Receive;
            Trace.Frame(TraceEventKind.BytesDelivered, nowNs, TraceEvent.NotApplicable, receive.Consumed, count);
            receive.Consume(count);
            AfterReading(established);
        }
    }

    /// <summary>The client's server answered with a cookie: data may flow.</summary>
    internal void OnCookie(ulong peerId, ulong key, in Parameters granted, long roundTripNs, long nowNs)
    {
        ConnectionOptions agreed = _endpoint.Agreements.Apply(granted, Options, isServer: false);
        SendCore core = Establish(peerId, key, agreed, ConnectionState.Confirming, nowNs).Core;
        _endpoint.OnPeerKnown(this);
        if (roundTripNs > 0)
        {
            core.RoundTrip.Sample(roundTripNs, 0);
            core.ReportCongestion(core.Congestion.WindowBytes, nowNs);
        }
    }

    /// <summary>The client's cookie opens nothing: back to the request. Only for one that has not sent a byte of the stream.</summary>
    internal void ForgetCookie(ConnectionOptions asked, long nowNs)
    {
        _endpoint.OnPeerForgotten(this);
        Established = null;
        Options = asked;
        _stream.ForgetLimit();
        _timers.StopAll();
        SetState(ConnectionState.SynSent, nowNs);
        _endpoint.Enqueue(this);
    }

    /// <summary>The server accepted: the cookie's age bounds the first round trip.</summary>
    internal void OnAccepted(ulong peerId, ulong key, ConnectionOptions agreed, long roundTripNs, long nowNs)
    {
        EstablishedConnection established = Establish(peerId, key, agreed, ConnectionState.Open, nowNs);
        established.Core.RoundTrip.Guess(roundTripNs);
        established.Acks.AskNow();
    }

    /// <summary>A copy of the CONFIRM that opened the connection: the answer to it was lost.</summary>
    internal void OnConfirmRepeated() => Established?.Acks.AskNow();

    /// <summary>What the client confirmed was answered.</summary>
    internal void OnConfirmed(long nowNs)
    {
        SetState(ConnectionState.Open, nowNs);
        _timers.Stop(TimerKind.Handshake);
        Handshake = null;
        _endpoint.Raise(ArqEventKind.Connected, this, ArqCloseCode.None);
    }

    /// <summary>Takes a packet that came from the peer: its checksum was right. Before the peer is known it is SYNACK or RESET.</summary>
    internal void Take(ReadOnlySpan<byte> packet, PacketType type, ref EndpointStats stats, long nowNs)
    {
        switch (type)
        {
            case PacketType.Reset:
                TakeReset(packet, ref stats, nowNs);
                break;
            case PacketType.SynAck:
                Handshake?.OnSynAck(packet, nowNs);
                break;
            default:
                Established?.Take(packet, type, ref stats, nowNs);
                break;
        }
    }

    /// <summary>A packet with our number failed its checksum: counted, and nothing else.</summary>
    internal void OnCorrupt(int length, long nowNs)
    {
        if (Established is { } established)
        {
            established.Core.Stats.CorruptReceived++;
        }

        Trace.Note(TraceEventKind.FrameCorrupted, nowNs, length: length);
    }

    internal void TellReadable(ReceiveStream receive)
    {
        if (!_isReadableTold && (receive.ReadableBytes > 0 || receive.IsAtEnd))
        {
            _isReadableTold = true;
            _endpoint.Raise(ArqEventKind.Readable, this, ArqCloseCode.None);
        }
    }

    /// <summary>Waking a writer costs more than a packet: it is told when there is half of the room to fill.</summary>
    internal void TellWritable()
    {
        if (_wantsWritable && SendRoom().IsHalfEmpty)
        {
            _wantsWritable = false;
            _endpoint.Raise(ArqEventKind.Writable, this, ArqCloseCode.None);
        }
    }

    /// <summary>The peer has all that was written, and its end.</summary>
    internal void TellFinished()
    {
        if (!_isFinishedTold)
        {
            _isFinishedTold = true;
            _endpoint.Raise(ArqEventKind.Finished, this, ArqCloseCode.None);
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

    /// <summary>Fills the next batch: a SYN if the handshake timer asks for it, else whatever is due.</summary>
    internal int Fill(Span<byte> buffer, int maxSegments, long nowNs, out int segmentSize)
    {
        if (Established is { } established)
        {
            return established.Fill(buffer, maxSegments, nowNs, out segmentSize);
        }

        segmentSize = this is { State: ConnectionState.SynSent, Handshake: { } handshake } ? handshake.TryWriteSyn(buffer, nowNs) : 0;
        TellWritable();
        return segmentSize;
    }

    internal void OnTimer(long nowNs)
    {
        long limit = nowNs + GranularityNs;
        if (_timers.TryExpire(TimerKind.Handshake, limit))
        {
            Handshake?.OnTimer(limit);
        }

        Established?.OnTimer(nowNs);
    }

    internal void CheckInvariants() => ConnectionInvariants.Check(this);

    internal void SetState(ConnectionState state, long nowNs)
    {
        Trace.Note(TraceEventKind.StateChanged, nowNs, value: (long)state, secondValue: (long)State);
        State = state;
    }

    private EstablishedConnection Establish(ulong peerId, ulong key, ConnectionOptions agreed, ConnectionState state, long nowNs)
    {
        Options = agreed;
        _stream.RaiseLimit(agreed.InitialWindowBytes);
        var established = new EstablishedConnection(this, peerId, key, agreed, _random, nowNs);
        Established = established;
        SetState(state, nowNs);
        return established;
    }

    /// <summary>A RESET needs the key (the nonce, while there is no key); one of a server that forgot us also needs that we ever heard
    /// the server: a CONFIRM may simply have been lost. That a CONFIRM came in vain is news only to who waits for the answer to
    /// it.</summary>
    private void TakeReset(ReadOnlySpan<byte> packet, ref EndpointStats stats, long nowNs)
    {
        ulong? proof = Established?.Key ?? Handshake?.Nonce;
        if (packet.Length < PacketLayout.ResetLength || PacketLayout.ReadUInt64(packet, PacketLayout.ResetProof) != proof)
        {
            stats.ForgedResets++;
            return;
        }

        ArqCloseCode code = MeaningOf(PacketLayout.ReadUInt32(packet, PacketLayout.ResetCode));
        bool isStateless = packet[PacketLayout.ResetOrigin] == PacketLayout.ResetStateless
            || (PacketLayout.FlagsOf(packet) & PacketLayout.ResetEcho) != 0;
        if (code == ArqCloseCode.Expired && this is { State: ConnectionState.Confirming, Handshake: { } handshake })
        {
            handshake.OnVainConfirm(nowNs);
        }
        else if (code == ArqCloseCode.Expired || (isStateless && State != ConnectionState.Open))
        {
            stats.ForgedResets++;
        }
        else
        {
            OnReset(code, nowNs);
        }
    }

    /// <summary>What a peer may say of an end. 0 would be none, and what only we can know of an attempt is not for it to say.</summary>
    private static ArqCloseCode MeaningOf(uint code)
    {
        var named = (ArqCloseCode)Math.Min(code, int.MaxValue);
        return code > int.MaxValue || named is ArqCloseCode.None or ArqCloseCode.ConnectTimeout or ArqCloseCode.Unreachable
            || named is > ArqCloseCode.Moved and < ArqCloseCode.Application
            ? ArqCloseCode.Aborted
            : named;
    }

    private WriterRoom SendRoom() => WriterRoom.Of(_stream, Options, Chunks, Established?.Core.Congestion.WindowBytes ?? 0);

    private void AfterReading(EstablishedConnection established)
    {
        if (established.Receive.ReadableBytes == 0)
        {
            _isReadableTold = false;
        }

        if (State == ConnectionState.Open && established.Receive.TryRaiseLimit())
        {
            established.Acks.AskNow();
            _endpoint.Enqueue(this);
        }
    }
}

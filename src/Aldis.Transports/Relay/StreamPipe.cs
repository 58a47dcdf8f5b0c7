using System.Buffers;
using System.Net.Sockets;
using System.Threading.Channels;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Relay;

/// <summary>
/// One direction of a connection: reads, has a <see cref="StreamLink"/> decide, and writes what has arrived. Where the link lets everything
/// pass, what is read is written by the same hand; else it waits in a queue for a second one. No more is read than may be under way, so
/// that the sender feels a slow link as it would feel a real one.
/// </summary>
internal sealed class StreamPipe
{
    private const int ReadBytes = 256 << 10;

    private readonly Socket _from;
    private readonly Socket _to;
    private readonly LinkDirection _direction;
    private readonly long _client;
    private readonly RelayOptions _options;
    private readonly Action<StreamBreakKind> _break;
    private readonly CancellationToken _closed;
    private readonly StreamLink _link;
    private readonly Lock _lock = new();
    private readonly Pulse _moved = new();
    private readonly Channel<Arrival> _arrivals = Channel.CreateUnbounded<Arrival>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private int _version;
    private long _heldBytes;
    private bool _wasStalled;
    private StreamBreakKind _broken = StreamBreakKind.Stall;
    private volatile bool _isEnded;

    /// <summary>Makes the direction.</summary>
    /// <param name="from">Where bytes come from.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="direction">Which way that is.</param>
    /// <param name="client">Number of the connection.</param>
    /// <param name="options">What becomes of the bytes.</param>
    /// <param name="openNs">When the connection began.</param>
    /// <param name="breaks">Ends or resets the whole connection.</param>
    /// <param name="closed">Cancelled when it is closed.</param>
    public StreamPipe(
        Socket from,
        Socket to,
        LinkDirection direction,
        long client,
        RelayOptions options,
        long openNs,
        Action<StreamBreakKind> breaks,
        CancellationToken closed)
    {
        _from = from;
        _to = to;
        _direction = direction;
        _client = client;
        _options = options;
        _break = breaks;
        _closed = closed;
        _version = options.Plan.Version;
        ILinkReplay? replay = options.Replay;
        _link = new StreamLink(options.Plan.FaultsOf(direction, client), options.Plan.SeedOf(direction, client), openNs)
        {
            Replay = replay is null ? null
                : offset => replay.TryGet(direction, client, offset, out LinkVerdict given) ? given : default,
        };
    }

    /// <summary>Passes on until both hands have ended.</summary>
    public async Task RunAsync() => await Task.WhenAll(ReadAsync(), WriteAsync()).ConfigureAwait(false);

    /// <summary>Has the link do what the faults say now.</summary>
    /// <param name="nowNs">The time.</param>
    /// <returns>When to look again; <see cref="long.MaxValue"/> for never.</returns>
    public long OnChanged(long nowNs)
    {
        StreamBreakKind? broken;
        long nextNs;
        bool beginsToStall;
        lock (_lock)
        {
            Refresh(nowNs);
            broken = _link.DueBreak(nowNs);
            beginsToStall = LookForStall(nowNs).Begins;
            nextNs = _link.NextBreakNs(nowNs);
        }

        NoteStall(beginsToStall, nowNs);
        if (broken is { } kind)
        {
            Break(kind);
        }

        _moved.Set();
        return nextNs;
    }

    /// <summary>Tells the receiver of the end; what still comes is read and thrown away.</summary>
    public void EndAfter()
    {
        _isEnded = true;
        _moved.Set();
        try
        {
            _to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (StreamRelayConnection.IsOfTheNetwork(exception))
        {
            // It has ended already.
        }
    }

    private void Refresh(long nowNs)
    {
        int version = _options.Plan.Version;
        if (_version != version)
        {
            _version = version;
            _link.Change(_options.Plan.FaultsOf(_direction, _client), nowNs);
        }
    }

    // Under the lock, so that of two who look at once one sees it begin.
    private (bool IsStalled, bool Begins) LookForStall(long nowNs)
    {
        bool isStalled = _link.IsStalled(nowNs);
        bool begins = isStalled && !_wasStalled;
        _wasStalled = isStalled;
        return (isStalled, begins);
    }

    private void NoteStall(bool begins, long nowNs)
    {
        if (begins)
        {
            Note(LinkFault.Stall, nowNs);
        }
    }

    private void Note(LinkFault fault, long nowNs) =>
        _options.Note(_direction, _client, _link.Offset, -1, new LinkVerdict { Drop = fault }, nowNs);

    private void Break(StreamBreakKind kind)
    {
        lock (_lock)
        {
            if (kind <= _broken)
            {
                return;
            }

            _broken = kind;
        }

        Note(FaultOf(kind), MonotonicClock.NowNs);
        if (kind == StreamBreakKind.HalfClose)
        {
            EndAfter();
        }
        else
        {
            _break(kind);
        }
    }

    private static LinkFault FaultOf(StreamBreakKind kind) => kind switch
    {
        StreamBreakKind.Reset => LinkFault.Reset,
        StreamBreakKind.Close => LinkFault.Close,
        _ => LinkFault.HalfClose,
    };

    private async Task ReadAsync()
    {
        try
        {
            // A sender who resets the connection is followed by the link, behind what is on its way.
            StreamBreakKind? end = await TryReadToEndAsync().ConfigureAwait(false) ? null : StreamBreakKind.Reset;
            await WaitUntilMovingAsync(forRoom: false).ConfigureAwait(false);
            long endNs;
            lock (_lock)
            {
                endNs = _link.EndArrivalNs(MonotonicClock.NowNs);
            }

            Add(new Arrival(null, 0, 0, endNs, IsLast: true, end));
        }
        catch (Exception exception) when (StreamRelayConnection.IsOfTheNetwork(exception))
        {
            // It is closed.
        }
        finally
        {
            _arrivals.Writer.TryComplete();
        }
    }

    /// <summary>Reads and passes on.</summary>
    /// <returns>True at the end of the stream, false if the sender reset it.</returns>
    private async Task<bool> TryReadToEndAsync()
    {
        while (true)
        {
            byte[]? buffer = null;
            int length;
            try
            {
                // Without a buffer: an idle connection holds none.
                await _from.ReceiveAsync(Memory<byte>.Empty, _closed).ConfigureAwait(false);
                int most = (int)Math.Min(ReadBytes, await WaitUntilMovingAsync(forRoom: true).ConfigureAwait(false));
                buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
                length = await _from.ReceiveAsync(buffer.AsMemory(0, most), _closed).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                Return(buffer);
                _closed.ThrowIfCancellationRequested();
                return false;
            }

            if (length == 0)
            {
                Return(buffer);
                return true;
            }

            await PassAsync(buffer, length).ConfigureAwait(false);
        }
    }

    private static void Return(byte[]? buffer)
    {
        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Waits while the link is stalled.</summary>
    /// <param name="forRoom">Whether to wait also while as much is under way as may be.</param>
    /// <returns>How many bytes there is room for.</returns>
    private async Task<long> WaitUntilMovingAsync(bool forRoom)
    {
        while (!_isEnded)
        {
            Task moved = _moved.Next;
            long nowNs = MonotonicClock.NowNs;
            long room;
            long roomNs;
            bool isStalled;
            bool begins;
            lock (_lock)
            {
                Refresh(nowNs);
                (isStalled, begins) = LookForStall(nowNs);
                room = _link.Room(nowNs);
                roomNs = _link.RoomAtNs();
            }

            NoteStall(begins, nowNs);
            if (isStalled || (forRoom && Interlocked.Read(ref _heldBytes) >= _options.MaximumHeldStreamBytes))
            {
                await moved.WaitAsync(_closed).ConfigureAwait(false);
            }
            else if (forRoom && room == 0)
            {
                await Task.WhenAny(moved, Task.Delay(MillisecondsUntil(roomNs, nowNs), _closed)).ConfigureAwait(false);
                _closed.ThrowIfCancellationRequested();
            }
            else
            {
                return room;
            }
        }

        return long.MaxValue;
    }

    private async ValueTask PassAsync(byte[] buffer, int length)
    {
        if (!_isEnded && Interlocked.Read(ref _heldBytes) == 0 && TryDecideForAll(length))
        {
            await SendAsync(buffer.AsMemory(0, length)).ConfigureAwait(false);
            Return(buffer);
            return;
        }

        int at = 0;
        while (at < length)
        {
            await WaitUntilMovingAsync(forRoom: false).ConfigureAwait(false);
            if (_isEnded)
            {
                // Pieces of it that are on their way are still looked at: then it is nobody else's.
                Return(at == 0 ? buffer : null);
                return;
            }

            long nowNs = MonotonicClock.NowNs;
            StreamPiece piece;
            lock (_lock)
            {
                Refresh(nowNs);
                piece = _link.Decide(length - at, nowNs);
            }

            piece.Copy.ApplyTo(buffer.AsSpan(at, piece.Length));
            if (piece.Length > 0)
            {
                _options.Note(_direction, _client, _link.Offset - piece.Length, piece.Length, piece.Verdict, nowNs);
            }

            bool isLast = at + piece.Length == length || piece.Break is not null;
            Add(new Arrival(buffer, at, piece.Length, piece.Copy.ArrivalNanoseconds, isLast, piece.Break));
            at += piece.Length;
            if (piece.Break is not null)
            {
                // Nothing behind it counts; the other hand ends the stream when it is there.
                return;
            }
        }
    }

    // True where the link lets it pass as it is.
    private bool TryDecideForAll(int length)
    {
        long nowNs = MonotonicClock.NowNs;
        long offset;
        lock (_lock)
        {
            Refresh(nowNs);
            if (!_link.IsClear)
            {
                return false;
            }

            offset = _link.Offset;
            _link.Decide(length, nowNs);
        }

        _options.Note(_direction, _client, offset, length, default, nowNs);
        return true;
    }

    private void Add(in Arrival arrival)
    {
        Interlocked.Add(ref _heldBytes, arrival.Length);
        _arrivals.Writer.TryWrite(arrival);
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (Arrival arrival in _arrivals.Reader.ReadAllAsync(_closed).ConfigureAwait(false))
            {
                long nowNs = MonotonicClock.NowNs;
                if (arrival.TimeNs > nowNs)
                {
                    await Task.Delay(MillisecondsUntil(arrival.TimeNs, nowNs), _closed).ConfigureAwait(false);
                }

                await DeliverAsync(arrival).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // The receiver is gone; whoever sends learns it.
            _break(StreamBreakKind.Reset);
        }
        catch (Exception exception) when (StreamRelayConnection.IsOfTheNetwork(exception))
        {
            // It is closed.
        }
    }

    private async ValueTask DeliverAsync(Arrival arrival)
    {
        if (arrival.Length > 0 && !_isEnded)
        {
            await SendAsync(arrival.Bytes.AsMemory(arrival.Start, arrival.Length)).ConfigureAwait(false);
        }

        if (arrival.IsLast)
        {
            Return(arrival.Bytes);
        }

        if (arrival.Length > 0 && Interlocked.Add(ref _heldBytes, -arrival.Length) < _options.MaximumHeldStreamBytes)
        {
            _moved.Set();
        }

        if (arrival.Bytes is null)
        {
            // The sender's own end.
            if (arrival.Break is { } reset)
            {
                _break(reset);
            }
            else if (!_isEnded)
            {
                EndAfter();
            }
        }
        else if (arrival.Break is { } kind)
        {
            Break(kind);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        int length = bytes.Length;
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _to.SendAsync(bytes, _closed).ConfigureAwait(false)..];
        }

        _options.TallyOf(_direction).CountSent(1, length);
    }

    private static TimeSpan MillisecondsUntil(long timeNs, long nowNs) => TimeSpan.FromMilliseconds(Math.Ceiling((timeNs - nowNs) / 1e6));

    /// <summary>Bytes on their way, or the end of the stream.</summary>
    /// <param name="Bytes">The buffer they are in; null for the end that the sender itself made.</param>
    /// <param name="Start">Where in it.</param>
    /// <param name="Length">How many.</param>
    /// <param name="TimeNs">When they arrive.</param>
    /// <param name="IsLast">Whether the buffer is given back after them.</param>
    /// <param name="Break">How the stream breaks behind them.</param>
    private readonly record struct Arrival(byte[]? Bytes, int Start, int Length, long TimeNs, bool IsLast, StreamBreakKind? Break);
}

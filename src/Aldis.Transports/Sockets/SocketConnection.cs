using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Aldis.Protocols.Budgets;
using Aldis.Transports.Budgets;
using Aldis.Transports.Connections;
using Aldis.Transports.Packets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Aldis.Transports.Sockets;

/// <summary>
/// One accepted connection. The application may rely on this:
/// <list type="bullet">
/// <item><description>The end of the peer's bytes completes the input; the output stays usable until it is completed.</description></item>
/// <item><description>A reset by the peer is a <see cref="ConnectionResetException"/> on the next read.</description></item>
/// <item><description>Completing the output sends what was written and then the end of the stream.</description></item>
/// <item><description><see cref="Abort(ConnectionAbortedException)"/> resets the connection; what is pending ends.</description></item>
/// <item><description><c>ConnectionClosed</c> is cancelled when both directions are over. The peer's half-close alone does not
/// cancel it, because that peer still waits for its answer.</description></item>
/// </list>
/// </summary>
internal sealed class SocketConnection : TransportConnection, IConnectionSocketFeature, ITransferFeature, IBudgetedConnection
{
    // What is discarded at the end at most; see DiscardReceived.
    private const int MaxDiscardedBytes = 1024 * 1024;

    private readonly SocketInput _input;
    private readonly SocketOutput _output;
    private readonly Socket _socket;
    private readonly IConnectionPlace? _place;
    private readonly Lock _lock = new();
    private bool _isReleased;

    // Each is written by one thread at a time, the one that receives or sends; anybody may read.
    private long _bytesReceived;
    private long _bytesSent;

    /// <summary>Takes over an accepted socket.</summary>
    /// <param name="socket">The socket; becomes non-blocking and is closed by this connection.</param>
    /// <param name="loop">Who reports its readiness; see <see cref="Start"/>.</param>
    /// <param name="memoryPool">Memory for what is built on top of this connection, such as TLS.</param>
    /// <param name="budget">Bounds what is received.</param>
    /// <param name="place">Its place; null where nobody counts.</param>
    public SocketConnection(Socket socket, ReadinessLoop loop, MemoryPool<byte> memoryPool, ReceiveBudget budget, IConnectionPlace? place)
        : base(memoryPool)
    {
        _socket = socket;
        KeepsBoundaries = socket.SocketType == SocketType.Seqpacket;
        _place = place;
        Features.Set(place);
        _input = new SocketInput(this);
        _output = new SocketOutput(this);
        Loop = loop;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Features.Set<IConnectionSocketFeature>(this);
        Account = budget.Open(PeerNetwork.Of(this), this);
        Features.Set<ITransferFeature>(this);
        socket.Blocking = false;
    }

    /// <inheritdoc/>
    public override ReceiveAccount Account { get; }

    /// <summary>Whether each receive takes one packet and each send is one (<see cref="SocketType.Seqpacket"/>).</summary>
    public bool KeepsBoundaries { get; }

    /// <summary>The loop that reports readiness.</summary>
    public ReadinessLoop Loop { get; }

    /// <summary>Names this connection in its loop.</summary>
    public ulong LoopToken { get; set; }

    /// <summary>Why <see cref="Abort(ConnectionAbortedException)"/> was called; null if it was not.</summary>
    public ConnectionAbortedException? AbortReason { get; private set; }

    bool IReceiveOwner.AwaitsPeer => _input.IsReading || _output.IsFlushing;

    long IReceiveOwner.MovedBytes => BytesReceived + BytesSent;

    /// <inheritdoc/>
    public Socket Socket => _socket;

    /// <inheritdoc/>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <inheritdoc/>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <inheritdoc/>
    public bool AwaitsReader => _output.IsFlushing;

    /// <inheritdoc/>
    public long UnreadBytes => _output.UnsentBytes + SocketQueue.HeldBytes(_socket);

    /// <inheritdoc/>
    public override PipeReader Input => _input;

    /// <inheritdoc/>
    public override PipeWriter Output => _output;

    /// <summary>Begins to be told about readiness.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    public void Start() => Loop.Register(this, _socket);

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        lock (_lock)
        {
            if (_isReleased || AbortReason is not null)
            {
                return;
            }

            AbortReason = abortReason;
        }

        Release(isOrderly: false);
        _input.WakeElsewhere();
        _output.WakeElsewhere();
    }

    /// <summary>Sends what was written, then closes.</summary>
    /// <returns>A task that ends when the operating system has everything and the socket is closed.</returns>
    public override async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync().ConfigureAwait(false);
        await _output.CompleteAsync().ConfigureAwait(false);
        Release(isOrderly: true);
        Account.Close();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes a report of the loop and lets those go on who wait for it.</summary>
    /// <param name="events">What is reported.</param>
    public void OnReadiness(EpollEvents events)
    {
        const EpollEvents Over = EpollEvents.HangUp | EpollEvents.Error;
        const EpollEvents Last = EpollEvents.PeerFinished | Over;
        if ((events & Over) != EpollEvents.None)
        {
            _input.IsOver = true;
            TellClosed();
        }

        if ((events & (EpollEvents.Writable | Over)) != EpollEvents.None)
        {
            _output.OnWritable();
        }

        if ((events & (EpollEvents.Readable | Last)) != EpollEvents.None)
        {
            _input.OnReadable(isLast: (events & Last) != EpollEvents.None);
        }
    }

    void IBudgetedConnection.ResumeReading() => _input.WakeElsewhere();

    void IBudgetedConnection.EndForMemory(string reason) => Abort(new ConnectionAbortedException(reason));

    /// <summary>Receives what is there, without waiting.</summary>
    /// <param name="buffer">Where it goes; not empty.</param>
    /// <param name="status">Success; or why there is nothing, <see cref="SocketError.WouldBlock"/> among others.</param>
    /// <returns>How many bytes; with success 0 means that the peer finished.</returns>
    public int Receive(Span<byte> buffer, out SocketError status)
    {
        try
        {
            int count = _socket.Receive(buffer, KeepsBoundaries ? PacketSocket.TellsLength : SocketFlags.None, out status);
            if (count > buffer.Length)
            {
                // The rest of the packet is gone.
                status = SocketError.MessageSize;
                return 0;
            }

            Volatile.Write(ref _bytesReceived, _bytesReceived + count);
            return count;
        }
        catch (ObjectDisposedException)
        {
            status = SocketError.OperationAborted;
            return 0;
        }
    }

    /// <summary>Sends what there is room for, without waiting.</summary>
    /// <param name="bytes">What to send; not empty. Where boundaries are kept it is one packet, taken as a whole.</param>
    /// <param name="status">Success; or why nothing was sent, <see cref="SocketError.WouldBlock"/> among others.</param>
    /// <returns>How many bytes were taken.</returns>
    public int Send(ReadOnlySpan<byte> bytes, out SocketError status)
    {
        try
        {
            int count = _socket.Send(bytes, SocketFlags.None, out status);
            Volatile.Write(ref _bytesSent, _bytesSent + count);
            return count;
        }
        catch (ObjectDisposedException)
        {
            status = SocketError.OperationAborted;
            return 0;
        }
    }

    /// <summary>Tells the peer that nothing more will be sent.</summary>
    public void FinishSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is over already: there is nobody to tell.
        }
    }

    /// <summary>Says by an exception what happened to the connection.</summary>
    /// <param name="status">What the operating system reported.</param>
    /// <returns>A <see cref="ConnectionResetException"/> where the peer ended it, another <see cref="IOException"/> otherwise.</returns>
    public static IOException ToException(SocketError status)
    {
        var cause = new SocketException((int)status);
        return status is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted or SocketError.NetworkReset
            ? new ConnectionResetException(cause.Message, cause)
            : new IOException(cause.Message, cause);
    }

    private void Release(bool isOrderly)
    {
        lock (_lock)
        {
            if (_isReleased)
            {
                return;
            }

            _isReleased = true;
        }

        Loop.Unregister(this);
        if (isOrderly)
        {
            DiscardReceived();
            _socket.Dispose();
        }
        else
        {
            _socket.Close(timeout: 0);
        }

        _place?.Dispose();
        TellClosed();
    }

    // Closing a socket with unread bytes resets the connection, and a reset can take our last answer from the peer.
    private void DiscardReceived()
    {
        Block block = Loop.Blocks.Rent();
        int count;
        for (int discarded = 0; discarded < MaxDiscardedBytes; discarded += count)
        {
            count = Receive(block.Free.Span, out SocketError status);
            if (count == 0 || status != SocketError.Success)
            {
                break;
            }
        }

        block.Return();
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Packets;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Listening;

/// <summary>
/// A bound Unix domain socket whose datagrams go back to who sent them. Between sockets of one machine the system loses and reorders
/// nothing: it makes a sender wait. This listener waits for nobody: what finds no room is dropped. One who does not read has room for
/// some (<c>net.unix.max_dgram_qlen</c>), but where it is connected to this socket, the system lets it use up the send buffer that all
/// answers share.
/// </summary>
internal sealed class UnixDatagramListener : IDatagramListener
{
    private readonly Socket _socket;
    private readonly Func<bool> _isAllowed;
    private readonly Action<string, int, UnixDatagramRefusal> _refused;
    private readonly Action<Exception> _fault;
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _datagram = GC.AllocateUninitializedArray<byte>(PacketSocket.MostReceivedBytes);
    private Task _serving = Task.CompletedTask;

    private UnixDatagramListener(
        Socket socket,
        UnixSocketEndPoint endPoint,
        Func<bool> isAllowed,
        Action<string, int, UnixDatagramRefusal> refused,
        Action<Exception> fault)
    {
        _socket = socket;
        _isAllowed = isAllowed;
        _refused = refused;
        _fault = fault;
        EndPoint = endPoint;
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>Binds a socket; nothing is received before <see cref="Start"/>.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="isAllowed">Whether anybody is answered.</param>
    /// <param name="refused">Is told who was not answered, the length of the datagram, and why; one call at a time.</param>
    /// <param name="fault">Is told of a defect that ended the listener.</param>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static UnixDatagramListener Bind(
        UnixSocketEndPoint endPoint, Func<bool> isAllowed, Action<string, int, UnixDatagramRefusal> refused, Action<Exception> fault)
    {
        Socket? socket = null;
        try
        {
            socket = PassedSockets.OfProcess.Take(endPoint, endPoint.Type);
            if (socket is null)
            {
                StaleUnixSocket.RemoveIfNobodyListens(endPoint);
                socket = endPoint.Bind();
            }

            socket.Blocking = false;
            return new UnixDatagramListener(socket, endPoint, isAllowed, refused, fault);
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            throw ListenFailure.Describe(endPoint, exception);
        }
    }

    /// <inheritdoc/>
    public void Start() => _serving = ServeAsync(_stop.Token);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                // The system shortens the address to that of the sender, so each datagram needs its full room.
                var sender = new SocketAddress(AddressFamily.Unix);
                int length = await _socket.ReceiveFromAsync(_datagram, PacketSocket.TellsLength, sender, stop).ConfigureAwait(false);
                Answer(sender, length);
            }
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
        catch (Exception exception)
        {
            _fault(exception);
        }
    }

    private void Answer(SocketAddress sender, int length)
    {
        UnixDatagramRefusal? why = length > _datagram.Length ? UnixDatagramRefusal.TooLong
            : sender.Size <= sizeof(ushort) ? UnixDatagramRefusal.NoName
            : !_isAllowed() ? UnixDatagramRefusal.Token
            : null;
        if (why is { } refusal)
        {
            _refused(NameOf(sender), length, refusal);
            return;
        }

        try
        {
            _socket.SendTo(_datagram.AsSpan(0, length), SocketFlags.None, sender);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
        {
            _refused(NameOf(sender), length, UnixDatagramRefusal.Busy);
        }
        catch (SocketException)
        {
            // It is gone, or may not be written to.
        }
    }

    private static string NameOf(SocketAddress sender) => sender.Size <= sizeof(ushort) ? "unix" : $"unix+dgram:{PathOf(sender)}";

    private static string PathOf(SocketAddress sender)
    {
        Span<byte> path = sender.Buffer.Span[sizeof(ushort)..sender.Size];
        return path[0] == 0 ? "@" + Encoding.UTF8.GetString(path[1..]) : Encoding.UTF8.GetString(path).TrimEnd('\0');
    }
}

using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Listening;

namespace Aldis.Transports.Datagrams;

/// <summary>
/// A bound UDP socket with one loop: receive, ask the handler, return. No datagram allocates anything. A failed send concerns that
/// datagram only (UDP promises no delivery, RFC 768) and is counted.
/// </summary>
public sealed class DatagramListener : IAsyncDisposable
{
    /// <summary>The longest UDP payload over IPv4 in bytes: 65,535 less 20 of IP and 8 of UDP header.</summary>
    public const int MaxPayload = 65_507;

    private const int SocketBufferBytes = 4 * 1024 * 1024;

    private readonly Socket _socket;
    private readonly IDatagramHandler _handler;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _unsent;

    private DatagramListener(Socket socket, IDatagramHandler handler)
    {
        _socket = socket;
        _handler = handler;
        EndPoint = socket.LocalEndPoint!;
    }

    /// <summary>Where it is bound.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>Datagrams that the system did not take for sending.</summary>
    public long Unsent => Interlocked.Read(ref _unsent);

    /// <summary>Binds a socket; nothing is received before <see cref="Start"/>.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="handler">Decides what is returned.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="Dialing.CommunicationException">It cannot be bound.</exception>
    public static DatagramListener Bind(IPEndPoint endPoint, IDatagramHandler handler)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.ReceiveBufferSize = SocketBufferBytes;
            socket.SendBufferSize = SocketBufferBytes;
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            return new DatagramListener(socket, handler);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw ListenFailure.Describe(endPoint, exception);
        }
    }

    /// <summary>Starts the loop.</summary>
    public void Start() => _loop = RunAsync();

    /// <summary>Stops the loop and closes the socket.</summary>
    /// <returns>A task that ends when the loop has.</returns>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MaxPayload + 1, pinned: true);
        var from = new SocketAddress(_socket.AddressFamily);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                int length = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, from, _stop.Token);
                if (_handler.ShouldReturn(from, length))
                {
                    await _socket.SendToAsync(buffer.AsMemory(0, length), SocketFlags.None, from, _stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // An ICMP error of an earlier datagram or a full queue: the next datagram may be fine.
                Interlocked.Increment(ref _unsent);
            }
        }
    }
}

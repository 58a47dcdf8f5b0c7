using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Datagrams;

/// <summary>
/// A UDP socket that takes and gives whole batches of datagrams where the system can (<see cref="LinuxDatagramChannel"/>), and one
/// datagram at a time elsewhere (<see cref="PortableDatagramChannel"/>). Receiving and sending may happen on two threads at once,
/// each of them on one at a time.
/// </summary>
internal abstract class DatagramChannel : IDisposable
{
    // What a burst of a fast sender may fill before the loop comes to it. The system may allow less (net.core.rmem_max).
    private const int SocketBufferBytes = 8 << 20;

    private readonly bool _isPlace;
    private int _isDisposed;

    /// <summary>Takes over a bound or connected socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isPlace">Whether one that is bound is a place of this process (<see cref="OwnDatagramPlaces"/>).</param>
    protected DatagramChannel(Socket socket, bool isPlace)
    {
        Socket = socket;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        if (socket.Connected)
        {
            Peer = PathAddress.From((IPEndPoint)socket.RemoteEndPoint!);
        }
        else if (isPlace)
        {
            _isPlace = true;
            OwnDatagramPlaces.Add(LocalEndPoint);
        }
    }

    /// <summary>The socket, for those who wait until it is readable.</summary>
    public Socket Socket { get; }

    /// <summary>Where it is bound.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Whom it is connected to; null for a listener's.</summary>
    public PathKey? Peer { get; }

    /// <summary>Which means of batching the system lacks; null if none.</summary>
    public abstract string? Lacks { get; }

    /// <summary>Opens a listener's socket.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="isPortable">Whether to do without what only Linux has.</param>
    /// <param name="mayFragment">Whether a datagram that is too long for the path may travel in fragments; where not, it is lost.</param>
    /// <param name="mayJoin">Whether the system may join datagrams of one peer that arrive together (UDP_GRO).</param>
    /// <param name="isPlace">Whether others shall know it for a place of this process (<see cref="OwnDatagramPlaces"/>).</param>
    /// <returns>The channel.</returns>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static DatagramChannel Bind(
        IPEndPoint endPoint, bool isPortable = false, bool mayFragment = false, bool mayJoin = true, bool isPlace = true)
        => PassedSockets.OfProcess.Take(endPoint, SocketType.Dgram) is { } passed
            ? Open(passed, isPortable, mayFragment, mayJoin, isPlace, static _ => { })
            : Open(NewSocket(endPoint), isPortable, mayFragment, mayJoin, isPlace, socket =>
            {
                if (endPoint.Address.Equals(IPAddress.IPv6Any))
                {
                    socket.DualMode = true;
                }

                socket.Bind(endPoint);
            });

    /// <summary>Opens a client's socket.</summary>
    /// <param name="server">The only peer it talks to.</param>
    /// <param name="isPortable">Whether to do without what only Linux has.</param>
    /// <returns>The channel.</returns>
    /// <exception cref="SocketException">The system knows no way to the server.</exception>
    public static DatagramChannel Connect(IPEndPoint server, bool isPortable = false)
        => Open(NewSocket(server), isPortable, mayFragment: false, mayJoin: true, isPlace: false, socket => socket.Connect(server));

    /// <summary>Receives what is there, without waiting.</summary>
    /// <param name="batches">Where it goes.</param>
    /// <param name="isRefused">Whether the machine of the peer said that nobody listens there.</param>
    /// <returns>How many batches were filled; fewer than there is room for if nothing more is there.</returns>
    public abstract int Receive(ReceivedBatches batches, out bool isRefused);

    /// <summary>Sends a batch of datagrams, without waiting.</summary>
    /// <param name="buffer">The datagrams, one after the other from the start.</param>
    /// <param name="transmit">How many bytes, in datagrams of which size, and where to.</param>
    /// <returns>What became of it.</returns>
    public abstract SendOutcome Send(PinnedBuffer buffer, in Transmit transmit);

    /// <summary>Closes the socket.</summary>
    public virtual void Dispose()
    {
        Socket.Dispose();
        if (_isPlace && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            OwnDatagramPlaces.Remove(LocalEndPoint);
        }
    }

    private static Socket NewSocket(IPEndPoint endPoint) => new(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);

    private static DatagramChannel Open(
        Socket socket, bool isPortable, bool mayFragment, bool mayJoin, bool isPlace, Action<Socket> prepare)
    {
        try
        {
            socket.Blocking = false;
            socket.ReceiveBufferSize = SocketBufferBytes;
            socket.SendBufferSize = SocketBufferBytes;
            prepare(socket);
            return LinuxDatagramChannel.IsSupported && !isPortable
                ? new LinuxDatagramChannel(socket, mayFragment, mayJoin, isPlace) : new PortableDatagramChannel(socket, mayFragment, isPlace);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

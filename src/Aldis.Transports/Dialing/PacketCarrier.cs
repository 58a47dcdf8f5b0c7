using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Packets;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Dialing;

/// <summary>A connected Unix domain socket that keeps boundaries.</summary>
internal sealed class PacketCarrier : ICarrier
{
    private readonly Socket _socket;

    private PacketCarrier(Socket socket, EndPoint server)
    {
        _socket = socket;
        Stream = new PacketStream(socket);
        RemoteEndPoint = server;
    }

    public Stream Stream { get; }

    public EndPoint? RemoteEndPoint { get; }

    public long AcknowledgedBytes => 0;

    public long HeldBytes => SocketQueue.HeldBytes(_socket);

    /// <summary>Connects. A datagram socket gets a name of its own first, and its server need not be there any more afterwards.</summary>
    /// <exception cref="SocketException">Nobody is there, or it cannot be reached.</exception>
    public static async Task<ICarrier> ConnectAsync(UnixSocketEndPoint server, CancellationToken cancellationToken)
    {
        Socket socket = PacketSocket.Create(server.Type);
        try
        {
            if (server.Type == SocketType.Dgram)
            {
                PacketSocket.Name(socket);
            }

            await socket.ConnectAsync(server.Path, cancellationToken).ConfigureAwait(false);
            return new PacketCarrier(socket, server.Path);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void FinishWriting()
    {
        if (_socket.SocketType == SocketType.Dgram)
        {
            // Datagrams have no end that could be told.
            return;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public void Abort() => _socket.Dispose();
}

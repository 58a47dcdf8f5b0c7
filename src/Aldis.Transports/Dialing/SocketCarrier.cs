using System.Net;
using System.Net.Sockets;

namespace Aldis.Transports.Dialing;

/// <summary>A connected TCP or Unix domain socket.</summary>
internal sealed class SocketCarrier : ICarrier
{
    private readonly Socket _socket;

    private SocketCarrier(Socket socket)
    {
        _socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    public Stream Stream { get; }

    public EndPoint? RemoteEndPoint { get; }

    public long AcknowledgedBytes => 0;

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">Nobody is there, or it cannot be reached.</exception>
    public static async Task<ICarrier> ConnectAsync(EndPoint server, CancellationToken cancellationToken)
    {
        bool isUnix = server is UnixDomainSocketEndPoint;
        var socket = new Socket(server.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (!isUnix)
            {
                socket.NoDelay = true;
            }

            await socket.ConnectAsync(server, cancellationToken);
            return new SocketCarrier(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void FinishWriting()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public void Abort()
    {
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Broken or closed already, which is what was wanted.
        }

        _socket.Dispose();
    }
}

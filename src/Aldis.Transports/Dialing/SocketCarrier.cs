using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Dialing;

/// <summary>A connected TCP or Unix domain socket.</summary>
internal sealed class SocketCarrier : ICarrier
{
    private static readonly LingerOption Reset = new(enable: true, seconds: 0);
    private static readonly LingerOption InOrder = new(enable: false, seconds: 0);

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

    public long HeldBytes => SocketQueue.HeldBytes(_socket);

    /// <summary>Connects.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="resetsOnClose">Whether the system resets the connection when it is closed before <see cref="FinishWriting"/>, by
    /// whomever: a process that is killed closes it too. Only TCP has that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">Nobody is there, or it cannot be reached.</exception>
    public static async Task<ICarrier> ConnectAsync(EndPoint server, bool resetsOnClose, CancellationToken cancellationToken)
    {
        bool isUnix = server is UnixDomainSocketEndPoint;
        var socket = new Socket(server.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (!isUnix)
            {
                socket.NoDelay = true;
            }

            if (resetsOnClose)
            {
                socket.LingerState = Reset;
            }

            await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
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
            _socket.LingerState = InOrder;
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
            _socket.LingerState = Reset;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Broken or closed already, which is what was wanted.
        }

        _socket.Dispose();
    }
}

using System.Net;
using System.Net.Sockets;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>A datagram server that answers as the test says.</summary>
internal sealed class DatagramPeer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public DatagramPeer(Action<Socket, byte[], EndPoint> answer)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _ = ServeAsync(answer);
    }

    public string Address => $"udp://{_socket.LocalEndPoint}";

    public void Dispose() => _socket.Dispose();

    private async Task ServeAsync(Action<Socket, byte[], EndPoint> answer)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                answer(_socket, buffer[..received.ReceivedBytes], received.RemoteEndPoint);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Aldis.Benchmarks.Hostile;

/// <summary>The bytes of the protocols, written apart from the product, and sockets bound to addresses of one's choice.</summary>
internal static class Wire
{
    /// <summary>Bytes of a header, of a unit.</summary>
    public const int UnitBytes = 64;

    /// <summary>Bytes of the answer to a plain message.</summary>
    public const int AnswerBytes = 97;

    /// <summary>The longest message a server takes.</summary>
    public const int LongestMessage = 1024 * 1024;

    private const int BindWithoutPort = 24;

    /// <summary>The greeting of a file.</summary>
    public static byte[] Greeting { get; } = Encoding.ASCII.GetBytes("Hello from the client!");

    /// <summary>Pads words to a unit.</summary>
    public static byte[] Unit(string words) => Encoding.ASCII.GetBytes(words.PadRight(UnitBytes));

    /// <summary>A plain message.</summary>
    public static byte[] Message(string text) =>
        [.. Unit(Encoding.UTF8.GetByteCount(text).ToString(CultureInfo.InvariantCulture)), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>A plain message that lacks its last byte.</summary>
    public static byte[] UnfinishedMessage()
    {
        byte[] bytes = new byte[UnitBytes + LongestMessage - 1];
        Array.Fill(bytes, (byte)'x');
        Unit(LongestMessage.ToString(CultureInfo.InvariantCulture)).CopyTo(bytes, 0);
        return bytes;
    }

    /// <summary>The address number <paramref name="number"/> of a network 127.<paramref name="network"/>.0.0/16.</summary>
    public static IPAddress From(int network, int number) => new([127, (byte)network, (byte)(number >> 8), (byte)number]);

    /// <summary>Connects from an address.</summary>
    /// <exception cref="SocketException">It was refused, or reset before it was there.</exception>
    public static async Task<Socket> ConnectAsync(IPEndPoint server, IPAddress from, CancellationToken cancellation = default)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (server.AddressFamily == AddressFamily.InterNetwork)
            {
                // Lets the same port serve several servers, as it does for a socket that was not bound.
                socket.SetRawSocketOption(0, BindWithoutPort, BitConverter.GetBytes(1));
            }

            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(server, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects; null where that failed.</summary>
    public static async Task<Socket?> TryConnectAsync(IPEndPoint server, IPAddress from, CancellationToken cancellation = default)
    {
        try
        {
            return await ConnectAsync(server, from, cancellation);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Whether what was tried over a connection, TLS included, was refused, broke off or took too long.</summary>
    public static bool IsEnd(Exception exception) =>
        exception is SocketException or IOException or OperationCanceledException or AuthenticationException;

    /// <summary>Sends all, unless the connection ends.</summary>
    /// <returns>Whether everything was taken.</returns>
    public static async Task<bool> TrySendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        try
        {
            for (int sent = 0; sent < bytes.Length;)
            {
                sent += await socket.SendAsync(bytes[sent..], cancellation);
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Reads until so many bytes are there, or the end.</summary>
    /// <returns>What was read.</returns>
    public static async Task<int> ReceiveAsync(Socket socket, Memory<byte> bytes, CancellationToken cancellation = default)
    {
        int length = 0;
        try
        {
            while (length < bytes.Length)
            {
                int count = await socket.ReceiveAsync(bytes[length..], cancellation);
                if (count == 0)
                {
                    break;
                }

                length += count;
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The end, of another kind.
        }

        return length;
    }

    /// <summary>Ends a connection by a reset.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}

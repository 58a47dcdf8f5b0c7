using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Trials;

namespace Aldis.Transports.Trials;

/// <summary>The other side of a trial over datagrams: one thread that echoes or counts them, as the first byte of each says.</summary>
internal sealed class TrialDatagrams : IDisposable
{
    private const int MostBytes = 65_536;
    private const int BufferBytes = 4 * 1024 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
    {
        ReceiveBufferSize = BufferBytes,
    };

    private TrialDatagrams() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Where it listens.</summary>
    public EndPoint EndPoint => _socket.LocalEndPoint!;

    /// <summary>What pieces are counted in from now on.</summary>
    public TrialSink Sink { get; set; } = new();

    /// <summary>Begins to listen.</summary>
    public static TrialDatagrams Start()
    {
        var server = new TrialDatagrams();
        new Thread(server.Run) { IsBackground = true, Name = "trial" }.UnsafeStart();
        return server;
    }

    /// <summary>Makes a client's socket.</summary>
    /// <param name="server">Where to.</param>
    public static Socket Connect(EndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { SendBufferSize = BufferBytes };
        socket.Connect(server);
        return socket;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Run()
    {
        byte[] buffer = new byte[MostBytes];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        long slowly = 0;
        try
        {
            while (true)
            {
                int length = _socket.ReceiveFrom(buffer, SocketFlags.None, from);
                ReadOnlySpan<byte> datagram = buffer.AsSpan(0, length);
                var use = length > 0 ? (TrialUse)buffer[0] : default;
                if (use == TrialUse.Echo)
                {
                    _socket.SendTo(datagram, SocketFlags.None, from);
                    continue;
                }

                TrialSink sink = Sink;
                bool isPiece = TrialPiece.TryRead(datagram, use, out long number)
                    && use is (TrialUse.Sink or TrialUse.SlowSink) && length == sink.PieceBytes;
                if (isPiece)
                {
                    sink.Ledger.Count(number, length);
                }
                else
                {
                    sink.Ledger.CountCorrupted();
                }

                slowly += use == TrialUse.SlowSink ? length : 0;
                if (slowly >= TrialSink.SlowBytes)
                {
                    slowly = 0;
                    TrialSink.RestHere();
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The trial is over.
        }
    }
}

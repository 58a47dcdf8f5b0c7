using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Arq.Endpoint;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Cli.Tests.CopyProof;

/// <summary>
/// Passes the datagrams of arq connections on to a server and back, and counts what that acknowledged of their streams: what the copy at the
/// other end of them was given, without headers and repetitions. Of a server that is killed it misses what was not acknowledged yet, at most
/// 64 packets.
/// </summary>
internal sealed class ArqTap : IAsyncDisposable
{
    private const int LargestDatagram = 65_535;

    private readonly CancellationTokenSource _ending = new();
    private readonly Socket _front = Bind();
    private readonly IPEndPoint _server;
    private readonly Dictionary<SocketAddress, Socket> _clients = [];
    private readonly Dictionary<ulong, long> _acknowledged = [];
    private readonly List<Task> _running = [];
    private readonly Lock _gate = new();

    private ArqTap(IPEndPoint server) => _server = server;

    /// <summary>Where it takes what is for the server.</summary>
    public EndPoint EndPoint => _front.LocalEndPoint!;

    /// <summary>Bytes of each connection that were acknowledged.</summary>
    public IReadOnlyCollection<long> OfConnections
    {
        get
        {
            lock (_gate)
            {
                return [.. _acknowledged.Values];
            }
        }
    }

    /// <summary>Begins.</summary>
    /// <param name="server">Where the server is, or will be again.</param>
    public static ArqTap Start(IPEndPoint server)
    {
        var tap = new ArqTap(server);
        tap._running.Add(tap.PassOnAsync());
        return tap;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running[0];
        await Task.WhenAll(_running);
        _front.Dispose();
        foreach (Socket client in _clients.Values)
        {
            client.Dispose();
        }

        _ending.Dispose();
    }

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = 4 << 20,
            SendBufferSize = 4 << 20,
        };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private Task PassOnAsync() => PassAsync(_front, async (datagram, from) =>
    {
        if (!_clients.TryGetValue(from, out Socket? client))
        {
            // Who answers is told from where it was asked; so each client has a place of its own.
            var address = new SocketAddress(from.Family, from.Size);
            from.Buffer.CopyTo(address.Buffer);
            client = Bind();
            _clients.Add(address, client);
            _running.Add(PassBackAsync(client, address));
        }

        await client.SendToAsync(datagram, SocketFlags.None, _server.Serialize(), _ending.Token);
    });

    private Task PassBackAsync(Socket client, SocketAddress address) => PassAsync(client, async (datagram, _) =>
    {
        Count(datagram.Span);
        await _front.SendToAsync(datagram, SocketFlags.None, address, _ending.Token);
    });

    private async Task PassAsync(Socket socket, Func<ReadOnlyMemory<byte>, SocketAddress, ValueTask> pass)
    {
        byte[] buffer = new byte[LargestDatagram];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        try
        {
            while (true)
            {
                int length = await socket.ReceiveFromAsync(buffer, SocketFlags.None, from, _ending.Token);
                await pass(buffer.AsMemory(0, length), from);
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private void Count(ReadOnlySpan<byte> datagram)
    {
        var walk = new DatagramWalk(datagram, datagram.Length);
        while (walk.TryNext(out ReadOnlySpan<byte> packet))
        {
            PacketType type = PacketLayout.TypeOf(packet);
            if (type == PacketType.Ack && packet.Length >= PacketLayout.AckFixedLength)
            {
                ulong connection = PacketLayout.DestinationOf(packet);
                long bytes = (long)PacketLayout.ReadUInt64(packet, PacketLayout.AckCumulative);
                lock (_gate)
                {
                    _acknowledged[connection] = Math.Max(bytes, _acknowledged.GetValueOrDefault(connection));
                }
            }

            walk.Accept(packet.Length, type == PacketType.Data);
        }
    }
}

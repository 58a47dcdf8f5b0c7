using System.Diagnostics;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Benchmarks;

/// <summary>Opens many connections from one socket, has one message answered on each, and keeps them open until standard input
/// ends.</summary>
internal sealed class IdleLoad : IDisposable
{
    // As many handshakes at once as fit into the socket buffers.
    private const int OpeningAtOnce = 200;

    private readonly ArqEndpoint _endpoint = new(
        new EndpointOptions { MaxSegments = 1 }, new SeededArqRandom((ulong)Stopwatch.GetTimestamp()), new byte[32]);

    private readonly Socket _socket;
    private readonly PathKey _server;
    private readonly ConnectionOptions _options;
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];
    private int _answered;
    private int _opened;

    private IdleLoad(Place place)
    {
        _socket = new Socket(place.Ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Connect(place.Ip);
        _server = PathKey.To(place.Ip.Address.GetAddressBytes(), (ushort)place.Ip.Port);
        _options = place.Options;
    }

    private static long NowNs => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    public static void Run(Arguments arguments)
    {
        using var load = new IdleLoad(arguments.Place);
        int count = arguments.Count("--count", 10_000);
        while (load._answered < count)
        {
            load.Open(count);
            load.Turn();
        }

        Console.WriteLine($"idle {load._answered}");
        Task<string?> end = Console.In.ReadLineAsync();
        while (!end.IsCompleted)
        {
            load.Turn();
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Open(int count)
    {
        while (_opened < count && _opened - _answered < OpeningAtOnce)
        {
            ArqConnection connection = _endpoint.Connect(_server, _options, NowNs);
            connection.Write([1], NowNs);
            connection.Flush(NowNs);
            _opened++;
        }
    }

    private void Turn()
    {
        while (_endpoint.TryGetTransmit(_buffer, NowNs, out Transmit transmit))
        {
            _socket.Send(_buffer.AsSpan(0, transmit.Length));
        }

        long waitNs = Math.Clamp(_endpoint.NextDeadlineNs - NowNs, 0, 10_000_000);
        if (_socket.Poll((int)(waitNs / 1000), SelectMode.SelectRead))
        {
            do
            {
                int length = _socket.Receive(_buffer);
                _endpoint.OnDatagram(_server, _buffer.AsSpan(0, length), length, NowNs);
            }
            while (_socket.Available > 0);
        }

        _endpoint.OnTimer(NowNs);
        while (_endpoint.TryGetEvent(out ArqEvent occurred))
        {
            Take(occurred);
        }
    }

    private void Take(in ArqEvent occurred)
    {
        switch (occurred.Kind)
        {
            case ArqEventKind.Readable:
                _answered += Math.Max(0, occurred.Connection.Read(_buffer, NowNs));
                break;
            case ArqEventKind.Reset:
                throw new IOException($"A connection ended: {occurred.Code}.");
            default:
                break;
        }
    }
}

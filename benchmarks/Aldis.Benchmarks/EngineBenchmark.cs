using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;

namespace Aldis.Benchmarks;

/// <summary>The reliable-datagram engine alone: two endpoints in one thread, no socket, time that advances by itself. The calls of the
/// sending side and of the receiving side are timed apart, each over a whole batch, so that reading the clock does not count.</summary>
internal sealed class EngineBenchmark
{
    private const int DatagramSize = 1_472;
    private const int BatchDatagrams = 44;
    private const int BatchesPerReading = 2;
    private const int PayloadSize = DatagramSize - 28;
    private const long StepNs = 20_000;

    private static readonly PathKey ClientPath = PathKey.To([127, 0, 0, 1], 40_000);
    private static readonly PathKey ServerPath = PathKey.To([127, 0, 0, 1], 8_000);

    private readonly ArqEndpoint _client;
    private readonly ArqEndpoint _server;
    private readonly ArqConnection _sender;
    private readonly byte[][] _batches = new byte[BatchesPerReading][];
    private readonly Transmit[] _transmits = new Transmit[BatchesPerReading];
    private readonly byte[] _ack = new byte[DatagramLimits.MaxPayload];
    private readonly byte[] _source = new byte[BatchesPerReading * BatchDatagrams * PayloadSize];
    private readonly byte[] _sink = new byte[BatchesPerReading * BatchDatagrams * PayloadSize];
    private ArqConnection? _receiver;
    private Reading _sending;
    private Reading _receiving;
    private long _now = 1;

    public EngineBenchmark(ITraceSink? sink, ConnectionOptions options)
    {
        var endpoint = new EndpointOptions { MaxSegments = BatchDatagrams, PooledBytes = 256 << 20 };
        _client = new ArqEndpoint(endpoint, new SeededArqRandom(1), new byte[32], sink);
        _server = new ArqEndpoint(endpoint with { Accept = options }, new SeededArqRandom(2), new byte[32], sink);
        _sender = _client.Connect(ServerPath, options, _now);
        new Random(3).NextBytes(_source);
        for (int i = 0; i < BatchesPerReading; i++)
        {
            _batches[i] = new byte[DatagramLimits.MaxPayload];
        }
    }

    /// <summary>Measures each way to send.</summary>
    public static void RunAll(long packets)
    {
        var internet = new ConnectionOptions { MtuProbing = false };
        ConnectionOptions repeat = internet with { Congestion = CongestionProfile.Lab, PeerCongestion = CongestionProfile.Lab };
        ConnectionOptions goBack = ConnectionOptions.GoBackN(1_444, 1_024);
        new EngineBenchmark(new CountingSink(), repeat).Run("selective repeat, traced", packets);
        new EngineBenchmark(null, repeat).Run("selective repeat, untraced", packets);
        new EngineBenchmark(new CountingSink(), internet).Run("internet (CUBIC), traced", packets);
        new EngineBenchmark(new CountingSink(), goBack).Run("go-back-N, traced", packets);
    }

    /// <summary>Runs for a number of packets and prints what a packet cost each side.</summary>
    public void Run(string name, long packets)
    {
        Connect();
        Move(packets / 2);
        _sending = default;
        _receiving = default;
        long moved = Move(packets);
        Print(name, "sender", _sending, moved);
        Print(name, "receiver", _receiving, moved);
    }

    private static void Print(string name, string side, in Reading reading, long packets)
    {
        double ns = reading.NanosecondsPer(packets);
        double gigabits = DatagramSize * 8 / ns;
        double allocated = (double)reading.AllocatedBytes / packets;
        Console.WriteLine($"{name,-28} {side,-9} {ns,7:F1} ns/packet  {gigabits,6:F1} Gbit/s per core  {allocated,6:F3} B allocated/packet");
    }

    private void Connect()
    {
        while (_receiver is null || _sender.State != ConnectionState.Open)
        {
            Carry(_client, _server, ClientPath);
            Carry(_server, _client, ServerPath);
            while (_server.TryGetEvent(out ArqEvent occurred))
            {
                _receiver = occurred.Connection;
            }

            _now += StepNs;
        }
    }

    private void Carry(ArqEndpoint from, ArqEndpoint to, in PathKey path)
    {
        while (from.TryGetTransmit(_ack, _now, out Transmit transmit))
        {
            to.OnDatagram(path, _ack.AsSpan(0, transmit.Length), transmit.SegmentSize, _now);
        }
    }

    private long Move(long packets)
    {
        long moved = 0;
        long expected = 0;
        while (moved < packets)
        {
            int batches = Send(out int sent);
            moved += sent;
            _now += StepNs;
            expected += Receive(batches);
            _now += StepNs;
            Acknowledge();
            Drain();
        }

        return expected > 0 ? moved : throw new InvalidOperationException("Nothing arrived.");
    }

    private int Send(out int packets)
    {
        packets = 0;
        int batches = 0;
        _sending.Start();
        _sender.Write(_source, _now);
        while (batches < BatchesPerReading && _client.TryGetTransmit(_batches[batches], _now, out _transmits[batches]))
        {
            packets += (_transmits[batches].Length + _transmits[batches].SegmentSize - 1) / _transmits[batches].SegmentSize;
            batches++;
        }

        _sending.Stop();
        return batches;
    }

    private long Receive(int batches)
    {
        long received = 0;
        _receiving.Start();
        for (int i = 0; i < batches; i++)
        {
            _server.OnDatagram(ClientPath, _batches[i].AsSpan(0, _transmits[i].Length), _transmits[i].SegmentSize, _now);
            received += _receiver!.Read(_sink, _now);
        }

        _receiving.Stop();
        return received;
    }

    private void Acknowledge()
    {
        while (true)
        {
            _receiving.Start();
            bool any = _server.TryGetTransmit(_ack, _now, out Transmit transmit);
            _receiving.Stop();
            if (!any)
            {
                return;
            }

            _sending.Start();
            _client.OnDatagram(ServerPath, _ack.AsSpan(0, transmit.Length), transmit.SegmentSize, _now);
            _sending.Stop();
        }
    }

    private void Drain()
    {
        while (_client.TryGetEvent(out _) || _server.TryGetEvent(out _))
        {
        }

        _client.OnTimer(_now);
        _server.OnTimer(_now);
    }
}

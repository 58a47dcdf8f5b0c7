using System.Net;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Datagrams;

/// <summary>The datagram echo, byte by byte and without a socket.</summary>
public sealed class EchoEngineTests
{
    private const int OwnPort = 12345;
    private const long Second = 1_000_000_000;

    private static readonly PathKey Peer = PathKey.To([127, 0, 0, 1], 40_000);

    private readonly EchoEngine _engine = new(OwnPort);
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(DatagramLimits.MaxPayload)]
    public void A_datagram_comes_back_to_its_sender_unchanged(int length)
    {
        byte[] sent = Bytes(length);
        _engine.OnDatagram(Peer, sent, length, 0);

        Assert.True(_engine.TryGetTransmit(_buffer, 0, out Transmit transmit));
        Assert.Equal(new Transmit(Peer, length, length), transmit);
        Assert.Equal(sent, _buffer[..length]);
        Assert.False(_engine.TryGetTransmit(_buffer, 0, out _));
    }

    [Fact]
    public void A_batch_comes_back_as_the_same_batch_from_the_address_it_came_to()
    {
        PathKey path = Peer with { LocalAddress = 77 };
        _engine.OnDatagram(path, Bytes(250), 100, 0);

        Assert.True(_engine.TryGetTransmit(_buffer, 0, out Transmit transmit));
        Assert.Equal(new Transmit(path, 250, 100), transmit);
    }

    [Fact]
    public void Answers_go_out_in_the_order_of_the_questions()
    {
        for (byte number = 1; number <= 3; number++)
        {
            _engine.OnDatagram(Peer, [number], 1, 0);
        }

        byte[] order = [Next(), Next(), Next()];
        Assert.Equal([1, 2, 3], order);
    }

    [Theory]
    [InlineData(0, nameof(EchoRefusalCause.LowPort))]
    [InlineData(7, nameof(EchoRefusalCause.LowPort))]
    [InlineData(1023, nameof(EchoRefusalCause.LowPort))]
    [InlineData(OwnPort, nameof(EchoRefusalCause.OwnPort))]
    public void A_source_port_that_might_answer_again_gets_no_answer_and_is_told_of(int port, string cause)
    {
        PathKey path = PathKey.To([10, 0, 0, 1], (ushort)port);
        _engine.OnDatagram(path, Bytes(5), 5, 0);

        AssertRefused(Enum.Parse<EchoRefusalCause>(cause), path, 5, 1);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("ff02::1")]
    public void A_source_that_is_not_one_machine_gets_no_answer(string address)
    {
        PathKey path = Of(address);
        _engine.OnDatagram(path, Bytes(5), 5, 0);

        AssertRefused(EchoRefusalCause.SourceAddress, path, 5, 1);
    }

    [Theory]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.251")]
    [InlineData("ff02::fb")]
    public void What_was_sent_to_many_gets_no_answer(string destination)
    {
        PathKey path = Peer with { LocalAddress = Of(destination).RemoteAddress };
        _engine.OnDatagram(path, Bytes(5), 5, 0);

        AssertRefused(EchoRefusalCause.Destination, path, 5, 1);
    }

    [Theory]
    [InlineData("223.255.255.255")]
    [InlineData("192.0.2.255")]
    [InlineData("fe80::1")]
    [InlineData("::1")]
    public void Other_addresses_are_answered(string address)
    {
        _engine.OnDatagram(Of(address), Bytes(5), 5, 0);

        Assert.True(_engine.TryGetTransmit(_buffer, 0, out _));
    }

    [Fact]
    public void One_address_is_answered_so_often_a_second_and_another_one_beside_it()
    {
        long answers = 0;
        for (long nowNs = 0; nowNs < 2 * Second; nowNs += Second / 100_000)
        {
            _engine.OnDatagram(Peer with { RemotePort = (ushort)(40_000 + (nowNs % 7)) }, Bytes(5), 5, nowNs);
            answers += _engine.TryGetTransmit(_buffer, nowNs, out _) ? 1 : 0;
        }

        Assert.InRange(answers, 40_000, 42_001);
        Assert.True(_engine.TryGetRefusal(out EchoRefusal refusal));
        Assert.Equal((EchoRefusalCause.Rate, 200_000 - answers), (refusal.Cause, refusal.Count));
        _engine.OnDatagram(PathKey.To([10, 0, 0, 1], 40_000), Bytes(5), 5, 2 * Second);
        Assert.True(_engine.TryGetTransmit(_buffer, 2 * Second, out _));
    }

    [Fact]
    public void Every_datagram_of_a_batch_counts()
    {
        var engine = new EchoEngine(OwnPort, new EchoOptions { DatagramsPerSecond = 1000 });
        for (int batch = 0; batch < 10; batch++)
        {
            engine.OnDatagram(Peer, Bytes(250), 5, 0);
        }

        int datagrams = 0;
        while (engine.TryGetTransmit(_buffer, 0, out Transmit transmit))
        {
            datagrams += transmit.Length / transmit.SegmentSize;
        }

        // 100 at once are two batches of 50.
        Assert.Equal(100, datagrams);
        Assert.True(engine.TryGetRefusal(out EchoRefusal refusal));
        Assert.Equal(400, refusal.Count);
    }

    [Fact]
    public void A_loop_with_a_program_that_answers_whatever_comes_stays_within_the_rate()
    {
        // A foreign echo: each answer comes back at once.
        long nowNs = 0;
        long answers = 0;
        _engine.OnDatagram(Peer, Bytes(32), 32, nowNs);
        while (_engine.TryGetTransmit(_buffer, nowNs, out Transmit transmit) && nowNs < 10 * Second)
        {
            answers++;
            nowNs += Second / 62_700;
            _engine.OnDatagram(Peer, _buffer.AsSpan(0, transmit.Length), transmit.Length, nowNs);
        }

        // As soon as one is dropped there is nothing that could come back.
        Assert.InRange(answers, 1, 20_000);
    }

    [Fact]
    public void Two_echoes_of_one_process_do_not_answer_each_other()
    {
        PathKey other = Peer with { RemotePort = 50_000 };
        var engine = new EchoEngine(OwnPort, new EchoOptions { IsOwn = source => source.IsSamePeer(other) });
        engine.OnDatagram(other, Bytes(5), 5, 0);

        Assert.False(engine.TryGetTransmit(_buffer, 0, out _));
        Assert.True(engine.TryGetRefusal(out EchoRefusal refusal));
        Assert.Equal(EchoRefusalCause.OwnListener, refusal.Cause);
    }

    [Fact]
    public void The_lowest_port_that_is_answered_is_1024()
    {
        _engine.OnDatagram(PathKey.To([10, 0, 0, 1], 1024), Bytes(5), 5, 0);
        Assert.True(_engine.TryGetTransmit(_buffer, 0, out _));
    }

    [Fact]
    public void What_waits_is_bounded_and_what_is_dropped_is_counted()
    {
        for (int index = 0; index < 1000; index++)
        {
            _engine.OnDatagram(Peer, Bytes(10), 10, 0);
            _engine.OnDatagram(PathKey.To([10, 0, 0, 1], 7), Bytes(10), 10, 0);
        }

        int answers = 0;
        while (_engine.TryGetTransmit(_buffer, 0, out _))
        {
            answers++;
        }

        var refused = new Dictionary<EchoRefusalCause, long>();
        while (_engine.TryGetRefusal(out EchoRefusal refusal))
        {
            refused.Add(refusal.Cause, refusal.Count);
        }

        Assert.InRange(answers, 8, 64);
        Assert.Equal(1000 - answers, refused[EchoRefusalCause.Waiting]);
        Assert.Equal(1000, refused[EchoRefusalCause.LowPort]);
        _engine.OnDatagram(Peer, Bytes(10), 10, 0);
        Assert.True(_engine.TryGetTransmit(_buffer, 0, out _));
    }

    private static PathKey Of(string address) => PathKey.To(IPAddress.Parse(address).GetAddressBytes(), 40_000);

    private void AssertRefused(EchoRefusalCause cause, in PathKey path, int length, long count)
    {
        Assert.False(_engine.TryGetTransmit(_buffer, 0, out _));
        Assert.True(_engine.TryGetRefusal(out EchoRefusal refusal));
        Assert.Equal(new EchoRefusal(cause, path, length, count), refusal);
        Assert.False(_engine.TryGetRefusal(out _));
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(static index => (byte)(index * 7))];

    private byte Next()
    {
        Assert.True(_engine.TryGetTransmit(_buffer, 0, out Transmit transmit));
        Assert.Equal(1, transmit.Length);
        return _buffer[0];
    }
}

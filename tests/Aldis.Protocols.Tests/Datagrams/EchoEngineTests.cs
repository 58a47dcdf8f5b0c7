using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Datagrams;

/// <summary>The datagram echo, byte by byte and without a socket.</summary>
public sealed class EchoEngineTests
{
    private const int OwnPort = 12345;

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
    [InlineData(0, false)]
    [InlineData(7, false)]
    [InlineData(1023, false)]
    [InlineData(OwnPort, true)]
    public void A_source_port_that_might_answer_again_gets_no_answer_and_is_told_of(int port, bool isOwnPort)
    {
        PathKey path = PathKey.To([10, 0, 0, 1], (ushort)port);
        _engine.OnDatagram(path, Bytes(5), 5, 0);

        Assert.False(_engine.TryGetTransmit(_buffer, 0, out _));
        Assert.True(_engine.TryGetRefusal(out EchoRefusal refusal));
        Assert.Equal(new EchoRefusal(path, 5, isOwnPort), refusal);
        Assert.False(_engine.TryGetRefusal(out _));
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

        int refusals = 0;
        while (_engine.TryGetRefusal(out _))
        {
            refusals++;
        }

        Assert.InRange(answers, 8, 64);
        Assert.Equal(1000 - answers, _engine.Dropped);
        Assert.InRange(refusals, 1, 100);
        _engine.OnDatagram(Peer, Bytes(10), 10, 0);
        Assert.True(_engine.TryGetTransmit(_buffer, 0, out _));
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(static index => (byte)(index * 7))];

    private byte Next()
    {
        Assert.True(_engine.TryGetTransmit(_buffer, 0, out Transmit transmit));
        Assert.Equal(1, transmit.Length);
        return _buffer[0];
    }
}

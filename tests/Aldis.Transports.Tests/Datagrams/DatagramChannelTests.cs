using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Tests.Arq;

public sealed class DatagramChannelTests
{
    private const int Datagram = 1_000;

    [Fact]
    public void A_batch_that_the_system_refuses_for_its_destination_does_not_end_batching()
    {
        Assert.SkipUnless(LinuxDatagramChannel.IsSupported, "Only Linux has batches.");
        using DatagramChannel sender = DatagramChannel.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using DatagramChannel receiver = DatagramChannel.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.SkipUnless(sender.Lacks is null && receiver.Lacks is null, "This system has no batches.");
        var buffer = new PinnedBuffer(SendBufferPool.BufferBytes);
        PathKey there = PathAddress.From(receiver.LocalEndPoint);

        // Port 0 is nobody's: sendmsg answers EINVAL, as it does for a batch of datagrams that are longer than the path's.
        Assert.Equal(SendOutcome.Done, sender.Send(buffer, new Transmit(there with { RemotePort = 0 }, 4 * Datagram, Datagram)));
        Assert.Equal(SendOutcome.Done, sender.Send(buffer, new Transmit(there, 4 * Datagram, Datagram)));
        var batches = new ReceivedBatches();
        Assert.True(receiver.Socket.Poll(TimeSpan.FromSeconds(20), SelectMode.SelectRead));
        receiver.Receive(batches, out _);
        Assert.Equal((4 * Datagram, Datagram), (batches.BytesOf(0).Length, batches.SegmentSizeOf(0)));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::")]
    public void No_datagram_over_IPv4_is_fragmented(string address)
    {
        const int ProbePathMtu = 3;
        Assert.SkipUnless(LinuxDatagramChannel.IsSupported, "The numbers are those of Linux.");
        using DatagramChannel channel = DatagramChannel.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        byte[] option = new byte[sizeof(int)];
        channel.Socket.GetRawSocketOption(0, 10, option);
        Assert.Equal(ProbePathMtu, BitConverter.ToInt32(option));
    }

    [Fact]
    public void No_datagram_over_IPv4_is_fragmented_on_other_systems()
    {
        using DatagramChannel channel = DatagramChannel.Bind(new IPEndPoint(IPAddress.Loopback, 0), isPortable: true);
        Assert.True(channel.Socket.DontFragment);
    }
}

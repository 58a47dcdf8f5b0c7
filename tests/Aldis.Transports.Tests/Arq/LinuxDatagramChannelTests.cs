using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Transports.Arq;

namespace Aldis.Transports.Tests.Arq;

public sealed class LinuxDatagramChannelTests
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
}

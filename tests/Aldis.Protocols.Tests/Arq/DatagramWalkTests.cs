using Aldis.Protocols.Arq.Endpoint;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Tests.Arq;

public sealed class DatagramWalkTests
{
    private const uint Seed = 7;

    [Fact]
    public void A_batch_of_known_size_loses_only_the_damaged_datagram()
        => Assert.Equal([0, 1, 3, 4], Walk(Batch(5, damaged: 2), 100));

    [Fact]
    public void The_first_good_DATA_shows_the_size_of_the_datagrams()
        => Assert.Equal([0, 1, 3, 4], Walk(Batch(5, damaged: 2), 0));

    [Fact]
    public void A_damaged_length_in_the_middle_of_a_batch_costs_one_datagram()
    {
        byte[] batch = Batch(5, damaged: -1);
        batch[(2 * 100) + 2] = 0xFF;
        batch[(2 * 100) + 3] = 0xFF;
        Assert.Equal([0, 1, 3, 4], Walk(batch, 0));
    }

    [Fact]
    public void A_batch_whose_beginning_is_damaged_beyond_its_length_is_dropped()
    {
        byte[] batch = Batch(5, damaged: -1);
        batch[2] = 0;
        batch[3] = 0;
        Assert.Equal([], Walk(batch, 0));
        Assert.Equal([1, 2, 3, 4], Walk(batch, 100));
    }

    [Fact]
    public void Blind_steps_are_few()
    {
        // Each packet claims the rest of the buffer or a little of it, and none is genuine.
        byte[] buffer = new byte[60_000];
        for (int at = 0; at + 16 <= buffer.Length; at += 16)
        {
            PacketLayout.WriteHeader(buffer.AsSpan(at, 16), PacketType.Data, 0, 1);
        }

        var walk = new DatagramWalk(buffer, 0);
        int judged = 0;
        while (!walk.IsOver)
        {
            if (walk.TryNext(out ReadOnlySpan<byte> packet))
            {
                judged++;
                walk.Reject(packet.Length);
            }
        }

        Assert.InRange(judged, 1, 4);
    }

    [Fact]
    public void An_acknowledgement_in_front_of_DATA_belongs_to_the_same_datagram()
    {
        byte[] first = [.. Packet(PacketType.Ack, 53, 10), .. Packet(PacketType.Data, 47, 0)];
        byte[] batch = [.. first, .. Packet(PacketType.Data, 100, 1), .. Packet(PacketType.Data, 100, 2)];
        batch[100 + 60] ^= 1;
        Assert.Equal([10, 0, 2], Walk(batch, 0));
    }

    [Fact]
    public void A_shorter_last_datagram_is_read()
    {
        byte[] batch = [.. Batch(2, damaged: -1), .. Packet(PacketType.Data, 40, 9)];
        Assert.Equal([0, 1, 9], Walk(batch, 0));
        Assert.Equal([0, 1, 9], Walk(batch, 100));
    }

    private static byte[] Batch(int count, int damaged)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < count; i++)
        {
            byte[] packet = Packet(PacketType.Data, 100, i);
            packet[50] ^= (byte)(i == damaged ? 1 : 0);
            bytes.AddRange(packet);
        }

        return [.. bytes];
    }

    private static byte[] Packet(PacketType type, int length, int number)
    {
        byte[] packet = new byte[length];
        packet[PacketLayout.HeaderLength] = (byte)number;
        PacketLayout.WriteHeader(packet, type, 0, 1);
        PacketLayout.Seal(packet, Seed);
        return packet;
    }

    private static List<int> Walk(byte[] buffer, int segmentSize)
    {
        var good = new List<int>();
        var walk = new DatagramWalk(buffer, segmentSize);
        while (!walk.IsOver)
        {
            if (!walk.TryNext(out ReadOnlySpan<byte> packet))
            {
                continue;
            }

            if (PacketLayout.HasValidChecksum(packet, Seed))
            {
                good.Add(packet[PacketLayout.HeaderLength]);
                walk.Accept(packet.Length, PacketLayout.TypeOf(packet) == PacketType.Data);
            }
            else
            {
                walk.Reject(packet.Length);
            }
        }

        return good;
    }
}

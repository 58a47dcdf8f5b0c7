using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>A listener cannot be used to send more at somebody than it was sent in his name.</summary>
public sealed class AmplificationTests
{
    private static readonly PathKey Victim = PathKey.To([198, 51, 100, 7], 53_000);

    [Fact]
    public void Nothing_of_any_kind_or_length_is_answered_by_more_bytes_than_it_has_before_its_sender_proved_his_address()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Callee?.State == ConnectionState.Open);
        ArqConnection callee = pair.Callee!;
        int answered = 0;

        // Whatever a stranger may know: a live connection's number and key (of a copy made on the way), nothing, and every version.
        foreach ((ulong destination, uint seed) in new[] { (callee.Id, callee.Seed), (callee.Id, 0U), (12_345UL, 0U), (0UL, 0U) })
        {
            for (int type = 0; type < 16; type++)
            {
                for (int length = 1; length <= 300; length++)
                {
                    for (byte version = 0; version < 16; version += 5)
                    {
                        answered += Answer(pair.Server, Forged(type, version, destination, seed, length), pair.Now);
                    }

                    answered += Answer(pair.Server, Forged(type, PacketLayout.Version, destination, seed, length), pair.Now);
                }
            }
        }

        for (int length = 1; length <= PacketLayout.SynLength; length++)
        {
            answered += Answer(pair.Server, Forge.Syn(1, Math.Max(length, PacketLayout.SynParameters)), pair.Now);
        }

        Assert.True(answered > 100, $"Only {answered} were answered: the packets are not what they should be.");
        Assert.Equal(1, pair.Server.ConnectionCount);
    }

    private static byte[] Forged(int type, byte version, ulong destination, uint seed, int length)
    {
        byte[] packet = new byte[length];
        new Random(type + (length << 4)).NextBytes(packet);
        if (length >= PacketLayout.ResetProof)
        {
            PacketLayout.WriteHeader(packet, (PacketType)type, 0, destination);
            packet[0] = (byte)((version << 4) | type);
            PacketLayout.Seal(packet, seed);
        }

        return packet;
    }

    private static int Answer(ArqEndpoint server, byte[] datagram, long nowNs)
    {
        byte[] buffer = new byte[DatagramLimits.MaxPayload];
        server.OnDatagram(Victim, datagram, datagram.Length, nowNs);
        int sent = 0;
        while (server.TryGetTransmit(buffer, nowNs, out Transmit transmit))
        {
            sent += transmit.Path.IsSamePeer(Victim) ? transmit.Length : 0;
        }

        Assert.True(
            sent <= datagram.Length, $"{datagram.Length} bytes of type {datagram[0] & 0xF}, version {datagram[0] >> 4}, were answered by {sent}.");
        return sent > 0 ? 1 : 0;
    }
}

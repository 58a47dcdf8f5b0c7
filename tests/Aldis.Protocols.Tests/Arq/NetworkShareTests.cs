using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>What one customer of a network may take of a listener, from however many addresses.</summary>
public sealed class NetworkShareTests
{
    private static readonly EndpointOptions Two = new() { Accept = new ConnectionOptions(), MaxConnectionsPerAddress = 2 };

    [Fact]
    public void The_addresses_of_one_IPv6_network_share_the_connections_of_one_address()
    {
        var server = new ArqEndpoint(Two, new SeededArqRandom(1), new byte[16]);

        Assert.Equal(2, Enumerable.Range(1, 20).Count(host => Opens(server, $"2001:db8:1:2::{host:x}")));

        Assert.True(Opens(server, "2001:db8:1:3::1"));
    }

    [Fact]
    public void IPv4_addresses_have_their_own_connections_each()
    {
        var server = new ArqEndpoint(Two, new SeededArqRandom(1), new byte[16]);

        Assert.Equal(20, Enumerable.Range(1, 20).Count(host => Opens(server, $"192.0.2.{host}")));
    }

    [Fact]
    public void Bounds_that_change_count_for_whoever_comes_next()
    {
        var bounds = new ConnectionBounds(maxConnections: 3, maxConnectionsPerAddress: 1);
        var server = new ArqEndpoint(
            new EndpointOptions { Accept = new ConnectionOptions(), Bounds = bounds }, new SeededArqRandom(1), new byte[16]);
        Assert.Equal(1, Enumerable.Range(1, 5).Count(host => Opens(server, $"2001:db8:1:2::{host:x}")));

        bounds.Change(maxConnections: 4, maxConnectionsPerAddress: 3);
        Assert.Equal(2, Enumerable.Range(6, 5).Count(host => Opens(server, $"2001:db8:1:2::{host:x}")));

        bounds.Change(maxConnections: 2, maxConnectionsPerAddress: 3);
        Assert.False(Opens(server, "192.0.2.1"));
        Assert.Equal(3, server.ConnectionCount);

        bounds.Change(maxConnections: 4, maxConnectionsPerAddress: 3);
        Assert.Equal(1, Enumerable.Range(1, 5).Count(host => Opens(server, $"192.0.2.{host}")));
    }

    [Fact]
    public void One_network_cannot_take_all_answers_to_SYNs()
    {
        var server = new ArqEndpoint(
            new EndpointOptions { Accept = new ConnectionOptions(), StatelessRepliesPerSecond = 400 }, new SeededArqRandom(1), new byte[16]);
        byte[] syn = Forge.Syn(1);
        for (int i = 0; i < 10_000; i++)
        {
            server.OnDatagram(PathKey.To(IPAddress.Parse($"2001:db8::{i:x}").GetAddressBytes(), 5_000), syn, syn.Length, nowNs: 1);
            Carry(server, server, Pair.ServerPath);
        }

        Assert.Equal(100, server.Stats.SynAcksSent);
        Assert.True(Opens(server, "192.0.2.1"));
    }

    private static bool Opens(ArqEndpoint server, string address)
    {
        var client = new ArqEndpoint(new EndpointOptions(), new SeededArqRandom((ulong)address.Sum(letter => letter * (long)address.Length)), new byte[16]);
        client.Connect(Pair.ServerPath, new ConnectionOptions(), nowNs: 1);
        PathKey from = PathKey.To(IPAddress.Parse(address).GetAddressBytes(), 40_000);
        int before = server.ConnectionCount;
        for (int round = 0; round < 3; round++)
        {
            Carry(client, server, from);
            Carry(server, client, Pair.ServerPath);
        }

        return server.ConnectionCount > before;
    }

    private static void Carry(ArqEndpoint source, ArqEndpoint destination, in PathKey from)
    {
        byte[] buffer = new byte[DatagramLimits.MaxPayload];
        while (source.TryGetTransmit(buffer, nowNs: 1, out Transmit transmit))
        {
            destination.OnDatagram(from, buffer.AsSpan(0, transmit.Length), transmit.SegmentSize, nowNs: 1);
        }
    }
}

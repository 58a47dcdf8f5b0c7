using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Fairness;
using Aldis.Transports.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Aldis.Transports.Tests.Connections;

/// <summary>Whom a connection counts for.</summary>
public sealed class PeerNetworkTests
{
    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2::2")]
    public void An_IPv6_network_and_an_IPv4_address_in_either_form_are_one(string one, string other) =>
        Assert.Equal(PeerNetwork.Of(IPAddress.Parse(one)), PeerNetwork.Of(IPAddress.Parse(other)));

    [Fact]
    public async Task The_peer_of_a_Unix_socket_is_its_user()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        using Socket accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);

        NetworkKey key = Of(accepted);

        Assert.True(key.IsLocalUser);
        Assert.Equal(NetworkKey.OfLocalUser(OwnUser()), key);
        accepted.Dispose();
        Assert.True(Of(accepted).IsLocalUser);
        File.Delete(path);
    }

    private static uint OwnUser() => OperatingSystem.IsLinux()
        ? uint.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1])
        : 0;

    private static NetworkKey Of(Socket socket)
    {
        var connection = new DefaultConnectionContext { RemoteEndPoint = new UnixDomainSocketEndPoint("/x") };
        connection.Features.Set<IConnectionSocketFeature>(new SocketFeature(socket));
        return PeerNetwork.Of(connection);
    }

    private sealed record SocketFeature(Socket Socket) : IConnectionSocketFeature;
}

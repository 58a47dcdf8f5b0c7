using System.Net.Sockets;
using Aldis.Transports.Icmp;

namespace Aldis.Transports.Tests.Icmp;

public sealed class IcmpSocketTests
{
    [Fact]
    public void Who_may_open_neither_socket_is_told_what_opens_one()
    {
        var tried = new List<SocketType>();
        UnauthorizedAccessException refused = Assert.Throws<UnauthorizedAccessException>(() => IcmpSocket.OpenEither(type =>
        {
            tried.Add(type);
            throw new SocketException((int)SocketError.AccessDenied);
        }));
        Assert.Equal([SocketType.Dgram, SocketType.Raw], tried);
        Assert.Contains("sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketError.AccessDenied)]
    [InlineData(SocketError.ProtocolNotSupported)]
    public void Who_may_not_open_the_one_has_the_other(SocketError why)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Same(other, IcmpSocket.OpenEither(type => type == SocketType.Raw ? other : throw new SocketException((int)why)));
    }
}

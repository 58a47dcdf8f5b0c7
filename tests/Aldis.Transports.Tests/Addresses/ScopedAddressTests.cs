using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;
using Aldis.Transports.Listening;

namespace Aldis.Transports.Tests.Addresses;

public sealed class ScopedAddressTests
{
    [Theory]
    [InlineData("[fe80::1%eth0]:9000", "fe80::1%eth0")]
    [InlineData("[fe80::1%2]:9000", "fe80::1%2")]
    [InlineData("[fe80::1%25eth0]:9000", "fe80::1%eth0")]
    [InlineData("tcp://[fe80::1%25eth0]:9000", "fe80::1%eth0")]
    [InlineData("tcp://[fe80::1%eth0]:9000", "fe80::1%eth0")]
    [InlineData("tcp://[fe80::1%252]:9000", "fe80::1%2")]
    [InlineData("tcp://[fe80::1%25]:9000", "fe80::1%25")]
    [InlineData("[fe80::1%251]:9000", "fe80::1%251")]
    [InlineData("tcp://[fe80::1%25%65th0]:9000", "fe80::1%eth0")]
    [InlineData("arq+tls://[fe80::1%wl-x.5]:9000?insecure", "fe80::1%wl-x.5")]
    public void A_zone_is_read_in_either_spelling_and_comes_back(string text, string host)
    {
        EndpointAddress address = EndpointAddress.Parse(text);
        Assert.Equal((host, 9000), (address.Host, address.Port));
        Assert.Equal(host, EndpointAddress.Parse(address.ToString()).Host);
    }

    [Theory]
    [InlineData("fe80::1%251", "tcp://[fe80::1%25251]:7")]
    [InlineData("fe80::1%25", "tcp://[fe80::1%25]:7")]
    [InlineData("fe80::1%2", "tcp://[fe80::1%2]:7")]
    [InlineData("::1", "tcp://[::1]:7")]
    [InlineData("127.0.0.1", "tcp://127.0.0.1:7")]
    public void A_bound_place_is_written_so_that_it_can_be_read(string address, string text)
    {
        var place = new IPEndPoint(IPAddress.Parse(address), 7);
        Assert.Equal(text, EndpointAddress.Format("tcp", place));
        Assert.Equal(place.Address, IPAddress.Parse(EndpointAddress.Parse(text).Host));
    }

    [Theory]
    [InlineData("[fe80::1%]:9000", "no interface behind the '%'")]
    [InlineData("[fe80::1%e th0]:9000", "no host name")]
    [InlineData("[127.0.0.1%eth0]:9000", "[::1]:9000")]
    public void A_zone_that_is_none_is_refused(string text, string part)
    {
        Assert.False(EndpointAddress.TryParse(text, out _, out string? error));
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interface_that_does_not_exist_is_named_and_not_left_out()
    {
        EndpointAddress address = EndpointAddress.Parse("tcp://[fe80::1%nope0]:9");
        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => Dialer.ConnectAsync(address, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("no interface 'nope0'", failure.Message, StringComparison.Ordinal);
        CommunicationException refusal = Assert.Throws<CommunicationException>(() => ListenAddresses.Resolve(address));
        Assert.Contains("no interface 'nope0'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("arq")]
    [InlineData("udp")]
    public async Task A_link_local_address_without_a_zone_says_which_could_be_meant(string scheme)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems may have a default zone.");
        EndpointAddress address = EndpointAddress.Parse($"{scheme}://[fe80::1]:9");
        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(async () =>
        {
            if (address.Scheme == TransportScheme.Udp)
            {
                (await ClientDatagramSocket.ConnectAsync(address, cancellationToken: TestContext.Current.CancellationToken)).Dispose();
            }
            else
            {
                await (await Dialer.ConnectAsync(address, cancellationToken: TestContext.Current.CancellationToken)).DisposeAsync();
            }
        });
        Assert.Contains("the interface must be named, as in [fe80::1%eth0]", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_local_address_with_its_zone_is_reached_by_name_and_by_number()
    {
        (NetworkInterface? card, IPAddress? local) = NetworkInterface.GetAllNetworkInterfaces()
            .Where(static one => one.OperationalStatus == OperationalStatus.Up)
            .SelectMany(static one => one.GetIPProperties().UnicastAddresses.Select(place => (Card: one, place.Address)))
            .FirstOrDefault(static one => one.Address.IsIPv6LinkLocal && one.Address.ScopeId != 0);
        Assert.SkipWhen(card is null, "No interface of this machine has a link-local address.");
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(local!, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        string bare = new IPAddress(local!.GetAddressBytes()).ToString();
        foreach (string zone in new[] { card!.Name, "25" + card.Name, $"{local.ScopeId}" })
        {
            await using ClientConnection connection = await Dialer.ConnectAsync(
                EndpointAddress.Parse($"tcp://[{bare}%{zone}]:{port}"), cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(port, ((IPEndPoint)connection.RemoteEndPoint!).Port);
        }
    }
}

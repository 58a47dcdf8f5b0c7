using System.Globalization;
using System.Net;
using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Tests.Fairness;

/// <summary>Peers that one customer of a network can be at will count as one, others do not.</summary>
public sealed class NetworkKeyTests
{
    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("::1", "::2")]
    [InlineData("fe80::1", "fe80::2")]
    public void Addresses_of_one_network_have_one_key(string one, string other) => Assert.Equal(Of(one), Of(other));

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.8")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1")]
    [InlineData("::1", "::ffff:0.0.0.1")]
    [InlineData("::1", "0.0.0.0")]
    [InlineData("::ffff:0:0:1", "0.0.0.1")]
    public void Addresses_of_different_networks_have_different_keys(string one, string other) => Assert.NotEqual(Of(one), Of(other));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::1:0:5")]
    public void A_user_of_this_machine_has_the_key_of_no_address(string address)
    {
        Assert.NotEqual(Of(address), NetworkKey.OfLocalUser(0));
        Assert.NotEqual(Of(address), NetworkKey.OfLocalUser(5));
        Assert.False(Of(address).IsLocalUser);
    }

    [Fact]
    public void Users_of_this_machine_are_told_apart()
    {
        Assert.Equal(NetworkKey.OfLocalUser(1000), NetworkKey.OfLocalUser(1000));
        Assert.NotEqual(NetworkKey.OfLocalUser(1000), NetworkKey.OfLocalUser(1001));
        Assert.True(NetworkKey.OfLocalUser(uint.MaxValue).IsLocalUser);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2::5", "2001:db8:1:2::/64")]
    [InlineData("2001:db8::5", "2001:db8::/64")]
    [InlineData("0:0:1:2::5", "0:0:1:2::/64")]
    [InlineData("fe80::1", "fe80::/64")]
    [InlineData("::1", "::/64")]
    [InlineData("1:0:0:2::5", "1:0:0:2::/64")]
    public void A_key_is_shown_as_people_write_it(string address, string expected)
    {
        string shown = Of(address).ToString();

        Assert.Equal(expected, shown);
        Assert.True(!shown.Contains('/', StringComparison.Ordinal) || IPNetwork.TryParse(shown, out _), shown);
    }

    [Fact]
    public void A_user_is_shown_by_number() =>
        Assert.Equal("unix user 1000", string.Create(CultureInfo.InvariantCulture, $"{NetworkKey.OfLocalUser(1000)}"));

    private static NetworkKey Of(string address) => NetworkKey.Of(IPAddress.Parse(address).GetAddressBytes());
}

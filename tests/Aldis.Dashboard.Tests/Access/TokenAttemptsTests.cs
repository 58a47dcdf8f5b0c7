using System.Net;
using Aldis.Dashboard.Access;

namespace Aldis.Dashboard.Tests.Access;

/// <summary>Whoever tries tokens.</summary>
public sealed class TokenAttemptsTests
{
    [Fact]
    public void After_ten_wrong_tokens_an_address_waits_and_another_does_not()
    {
        using var attempts = new TokenAttempts();
        var one = IPAddress.Parse("192.0.2.1");
        for (int attempt = 0; attempt < 10; attempt++)
        {
            Assert.True(attempts.MayTry(one));
            attempts.Count(one);
        }

        Assert.False(attempts.MayTry(one));
        Assert.False(attempts.MayTry(one.MapToIPv6()));
        Assert.True(attempts.MayTry(IPAddress.Parse("192.0.2.2")));
    }

    [Fact]
    public void Addresses_of_one_IPv6_network_count_as_one()
    {
        using var attempts = new TokenAttempts();
        for (int attempt = 0; attempt < 10; attempt++)
        {
            attempts.Count(IPAddress.Parse($"2001:db8:0:1::{attempt + 1}"));
        }

        Assert.False(attempts.MayTry(IPAddress.Parse("2001:db8:0:1::ffff")));
        Assert.True(attempts.MayTry(IPAddress.Parse("2001:db8:0:2::1")));
    }
}

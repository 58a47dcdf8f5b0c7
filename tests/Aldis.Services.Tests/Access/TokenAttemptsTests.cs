using System.Net;
using Aldis.Protocols.Fairness;
using Aldis.Services.Access;
using Aldis.Tests;
using Aldis.Transports.Connections;

namespace Aldis.Services.Tests.Access;

/// <summary>Whoever tries tokens.</summary>
public sealed class TokenAttemptsTests
{
    private readonly VirtualTime _time = new();
    private readonly TokenAttempts _attempts;

    public TokenAttemptsTests() => _attempts = new TokenAttempts(_time, secret: 7);

    [Fact]
    public void After_ten_wrong_tokens_an_address_waits_and_another_does_not()
    {
        NetworkKey one = Of("192.0.2.1");
        for (int attempt = 0; attempt < 10; attempt++)
        {
            Assert.True(_attempts.MayTry(one));
            _attempts.Count(one);
        }

        Assert.False(_attempts.MayTry(one));
        Assert.False(_attempts.MayTry(Of("::ffff:192.0.2.1")));
        Assert.True(_attempts.MayTry(Of("192.0.2.2")));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(_attempts.MayTry(one));
    }

    [Fact]
    public void Addresses_of_one_IPv6_network_count_as_one()
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            _attempts.Count(Of($"2001:db8:0:1::{attempt + 1}"));
        }

        Assert.False(_attempts.MayTry(Of("2001:db8:0:1::ffff")));
        Assert.True(_attempts.MayTry(Of("2001:db8:0:2::1")));
    }

    private static NetworkKey Of(string address) => PeerNetwork.Of(IPAddress.Parse(address));
}

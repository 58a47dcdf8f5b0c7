using System.Net;
using Aldis.Protocols.Fairness;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Tests;
using Aldis.Transports.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>How many connections a second are admitted, in virtual time.</summary>
public sealed class AcceptRatesTests
{
    private static readonly ConnectionLimits Limits = new() { AcceptRate = 100, AcceptRatePerAddress = 10 };

    private readonly VirtualTime _time = new();

    [Fact]
    public void Four_seconds_worth_may_come_at_once_and_the_rest_as_fast_as_the_rate()
    {
        AcceptRates rates = New();

        Assert.Equal(40, Admitted(rates, "192.0.2.1", 1000));
        Assert.Equal(0, Admitted(rates, "192.0.2.1", 1000));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(5, Admitted(rates, "192.0.2.1", 1000));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(40, Admitted(rates, "192.0.2.1", 1000));
    }

    [Fact]
    public void An_address_beyond_its_rate_takes_nothing_of_what_all_have()
    {
        AcceptRates rates = New();

        Assert.Equal(40, Admitted(rates, "192.0.2.1", 100_000));
        Assert.Equal(40, Admitted(rates, "192.0.2.2", 100_000));

        ConnectionEnd met = rates.TryTake(Of("192.0.2.1"))!.Value;
        Assert.Equal(ServiceEventCause.AcceptRate, met.Cause);
        Assert.Equal("connections come from this address faster than 10 a second, the most one may open", met.Reason);
    }

    [Fact]
    public void All_together_have_a_rate_as_well()
    {
        AcceptRates rates = New();

        Assert.Equal(400, Enumerable.Range(0, 3000).Count(host => rates.TryTake(Of($"10.0.{host / 250}.{host % 250}")) is null));
        Assert.Equal(
            "connections come faster than 100 a second, the most this server takes", rates.TryTake(Of("192.0.2.9"))!.Value.Reason);
    }

    [Fact]
    public void The_hosts_of_an_IPv6_network_and_the_connections_of_a_user_count_as_one()
    {
        AcceptRates rates = New();

        Assert.Equal(40, Enumerable.Range(1, 1000).Count(host => rates.TryTake(Of($"2001:db8:1:2::{host:x}")) is null));
        Assert.Equal(40, Enumerable.Range(1, 1000).Count(_ => rates.TryTake(NetworkKey.OfLocalUser(1000)) is null));
        Assert.Contains("from this user", rates.TryTake(NetworkKey.OfLocalUser(1000))!.Value.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_rates_count_from_now_on_and_the_same_ones_change_nothing()
    {
        AcceptRates rates = New();
        Assert.Equal(40, Admitted(rates, "192.0.2.1", 1000));

        rates.Change(Limits with { IdleTimeout = TimeSpan.FromMinutes(1) });
        Assert.Equal(0, Admitted(rates, "192.0.2.1", 1000));
        rates.Change(Limits with { AcceptRatePerAddress = 5 });
        Assert.Equal(20, Admitted(rates, "192.0.2.1", 1000));
    }

    [Fact]
    public async Task A_server_tells_and_counts_those_that_come_too_fast()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            "echo", new EchoHandler(), new ConnectionLimits { AcceptRatePerAddress = 1 }, _time);
        for (int taken = 0; taken < 4; taken++)
        {
            using LabClient client = await server.ConnectAsync();
            await client.SendAsync("here");
            Assert.Equal("here", await client.ReceiveTextAsync(4));
        }

        using LabClient refused = await server.ConnectAsync();
        await refused.WaitForEndAsync();

        Assert.Equal(ServiceEventCause.AcceptRate, (await server.Events.WaitForAsync(ServiceEventKind.ConnectionRefused)).Cause);
        Assert.Equal((4, 1), (server.Server.Statistics.ConnectionsOpened, server.Server.Statistics.ConnectionsRefused));
        _time.Advance(TimeSpan.FromSeconds(1));
        using LabClient later = await server.ConnectAsync();
        await later.SendAsync("here");
        Assert.Equal("here", await later.ReceiveTextAsync(4));
    }

    private static NetworkKey Of(string address) => PeerNetwork.Of(IPAddress.Parse(address));

    private static int Admitted(AcceptRates rates, string address, int count) =>
        Enumerable.Range(0, count).Count(_ => rates.TryTake(Of(address)) is null);

    private AcceptRates New() => new(Limits, _time, secret: 7);
}

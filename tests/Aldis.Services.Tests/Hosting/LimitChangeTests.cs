using Aldis.Protocols.Fairness;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Limits that become others while a server runs.</summary>
public sealed class LimitChangeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("arq://127.0.0.1:0")]
    public async Task Other_limits_count_for_who_comes_next_and_leave_who_is_there(string address)
    {
        var limits = new ConnectionLimits { MaxConnectionsPerAddress = 2 };
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), limits, address: address);
        string uri = server.Server.Endpoints[0].Uri;
        await using EchoClient first = await ConnectAsync();
        await using EchoClient second = await ConnectAsync();

        server.Server.ChangeLimits(limits with { MaxConnectionsPerAddress = 1 });
        await Assert.ThrowsAnyAsync<Exception>(ConnectAsync);
        Assert.Equal(ServiceEventCause.AddressLimit, (await server.Events.WaitForAsync(ServiceEventKind.ConnectionRefused)).Cause);

        // More than the room that the transport keeps for those that are refused.
        server.Server.ChangeLimits(limits with { MaxConnectionsPerAddress = 100 });
        var more = new List<EchoClient>();
        for (int count = 2; count < 100; count++)
        {
            more.Add(await ConnectAsync());
        }

        await Assert.ThrowsAnyAsync<Exception>(ConnectAsync);
        Assert.Equal("1"u8.ToArray(), (await first.ExchangeAsync("1"u8.ToArray(), Stop).InTime()).ToArray());
        Assert.Equal("2"u8.ToArray(), (await second.ExchangeAsync("2"u8.ToArray(), Stop).InTime()).ToArray());
        foreach (EchoClient client in more)
        {
            await client.DisposeAsync();
        }

        async Task<EchoClient> ConnectAsync()
        {
            EchoClient client = await EchoClient.ConnectAsync(uri, cancellationToken: Stop).InTime();
            try
            {
                await client.ExchangeAsync("x"u8.ToArray(), Stop).InTime();
                return client;
            }
            catch
            {
                await client.DisposeAsync();
                throw;
            }
        }
    }

    [Fact]
    public async Task More_handshakes_at_once_are_the_turn_of_those_who_wait_and_fewer_stop_none_that_is_under_way()
    {
        var quota = new HandshakeQuota(1);
        HandshakeQuota.Turn first = quota.TryEnter(default(NetworkKey))!;
        Task<HandshakeQuota.Turn?> second = quota.EnterAsync(default, Stop).AsTask();
        Task<HandshakeQuota.Turn?> third = quota.EnterAsync(default, Stop).AsTask();
        Task<HandshakeQuota.Turn?> fourth = quota.EnterAsync(default, Stop).AsTask();

        quota.Change(most: 3, mostInAll: int.MaxValue);
        HandshakeQuota.Turn? secondTurn = await second.InTime();
        HandshakeQuota.Turn? thirdTurn = await third.InTime();
        Assert.False(fourth.IsCompleted);

        quota.Change(most: 1, mostInAll: int.MaxValue);
        first.Dispose();
        secondTurn!.Dispose();
        Assert.False(fourth.IsCompleted);
        thirdTurn!.Dispose();
        using HandshakeQuota.Turn? last = await fourth.InTime();
        Assert.Null(quota.TryEnter(default));
    }
}

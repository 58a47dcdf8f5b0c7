using Aldis.Protocols.Budgets;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports.Budgets;

namespace Aldis.Services.Tests.Hosting;

/// <summary>How fast a message that is under way has to move.</summary>
public sealed class DataRateTests
{
    private readonly Peer _peer = new();

    [Theory]
    [InlineData(230, true)]
    [InlineData(250, false)]
    public async Task A_message_that_moves_fewer_than_240_bytes_a_second_ends_its_connection(int bytesPerSecond, bool isEnded)
    {
        using InMemoryConnection connection = Begin();
        Tick(connection, from: 1, to: 59, bytesPerSecond);
        Assert.Equal(StopCause.None, connection.Served.Stop);

        Tick(connection, from: 60, to: 300, bytesPerSecond);

        Assert.Equal(isEnded, connection.Served.CloseCause == ServiceEventCause.DataRate);
        if (isEnded)
        {
            await connection.Handling.InTime();
            Assert.Equal("too slow: a message was under way, and fewer than 240 B/s came for 60 s", connection.Served.CloseReason);
        }
    }

    [Theory]
    [InlineData(950, true)]
    [InlineData(1050, false)]
    public void The_rate_is_the_one_that_was_set(int bytesPerSecond, bool isEnded)
    {
        using InMemoryConnection connection = Begin(new ConnectionLimits { MinDataRate = 1000 });

        Tick(connection, from: 1, to: 300, bytesPerSecond);

        Assert.Equal(isEnded, connection.Served.CloseCause == ServiceEventCause.DataRate);
    }

    [Fact]
    public void Time_in_which_the_server_does_not_read_counts_against_nobody()
    {
        using InMemoryConnection connection = Begin();
        _peer.AwaitsPeer = false;

        Tick(connection, from: 1, to: 3000, bytesPerSecond: 0);
        Assert.Equal(StopCause.None, connection.Served.Stop);

        _peer.AwaitsPeer = true;
        Tick(connection, from: 3001, to: 3061, bytesPerSecond: 0);
        Assert.Equal(ServiceEventCause.DataRate, connection.Served.CloseCause);
    }

    [Fact]
    public void A_client_that_rests_between_two_messages_may_take_its_time()
    {
        using InMemoryConnection connection = Begin();
        Tick(connection, from: 1, to: 55, bytesPerSecond: 1);
        connection.Send(new string('x', 999));
        Tick(connection, from: 56, to: 3000, bytesPerSecond: 0);
        connection.Send("1000".PadRight(LabFrame.HeaderLength) + "x");
        Tick(connection, from: 3001, to: 3055, bytesPerSecond: 0);

        Assert.Equal(StopCause.None, connection.Served.Stop);
    }

    /// <summary>A plain message of 1,000 bytes of which the first is here.</summary>
    private InMemoryConnection Begin(ConnectionLimits? limits = null)
    {
        var connection = new InMemoryConnection();
        connection.Features.Set<IReceiveAccountFeature>(new Counted(new ReceiveBudget(1 << 20, 1 << 20).Open(default, _peer)));
        connection.Serve(TestStore.NewHandler(), limits: limits);
        connection.Send("1000".PadRight(LabFrame.HeaderLength) + "x");
        return connection;
    }

    private void Tick(InMemoryConnection connection, int from, int to, int bytesPerSecond)
    {
        for (int second = from; second <= to && connection.Served.Stop == StopCause.None; second++)
        {
            _peer.MovedBytes += bytesPerSecond;
            connection.Served.Tick(TimeSpan.FromSeconds(second));
        }
    }

    private sealed class Peer : IReceiveOwner
    {
        public bool AwaitsPeer { get; set; } = true;

        public long MovedBytes { get; set; }
    }

    private sealed record Counted(ReceiveAccount Account) : IReceiveAccountFeature;
}

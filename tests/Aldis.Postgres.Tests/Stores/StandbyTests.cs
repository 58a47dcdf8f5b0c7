using Aldis.Journal.Stores;
using Aldis.Postgres.Tests.Database;
using Aldis.Protocols.Messages;
using Aldis.Tests;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>What an acknowledgement means where standbys follow the database, and come and go.</summary>
public sealed class StandbyTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AcknowledgementLevel.Durable)]
    [InlineData(AcknowledgementLevel.Replicated)]
    public async Task Where_every_standby_is_gone_nothing_is_acknowledged_until_one_is_back(AcknowledgementLevel level)
    {
        string connection = await cluster.CreateStoreAsync();
        await using var server = new ClusterStore(cluster, connection, level);
        IMessageAppender pump = await server.OpenAsync();
        _ = await server.StoreAsync(pump, 3);
        await cluster.CrashStandbysAsync();

        ClusterStore.Offer(pump, 4);
        _ = await WaitingAsync(connection);
        server.Advance(ClusterStore.Patience);
        await ClusterStore.SettleAsync(pump).InTime();

        Assert.Equal(new AppendProgress(4, 3, 3, AppendOutcome.Unknown), pump.Progress);
        await server.AssertBusyAsync(pump.RenewAsync(Stop));
        await server.AssertBusyAsync(server.Store.OpenAsync("valve", "peer", Stop));
        Assert.EndsWith("wait for a standby, and none is there", server.Store.Problem, StringComparison.Ordinal);

        await cluster.MakeWholeAsync();
        IMessageAppender again = await server.OpenAsync();
        Assert.Equal(4, again.Progress.CommittedSequence);
        Assert.True(again.TryGetCrc(4, out _));
        _ = await server.StoreAsync(again, 5);
        Assert.Equal("5", await CountAsync(connection));
    }

    [Theory]
    [InlineData(AcknowledgementLevel.Durable)]
    [InlineData(AcknowledgementLevel.Replicated)]
    public async Task The_plain_form_is_acknowledged_at_each_level(AcknowledgementLevel level)
    {
        string connection = await cluster.CreateStoreAsync();
        await using var server = new ClusterStore(cluster, connection, level);
        IMessageAppender plain = (await server.PassAsync(server.Store.OpenAsync(null, "peer", Stop).AsTask())).Appender!;
        Assert.Equal(AppendStatus.Accepted, plain.TryAppend(0, [1]));
        Assert.Equal(AppendStatus.Accepted, plain.TryAppend(0, [2]));
        await server.PassAsync(ClusterStore.SettleAsync(plain));
        Assert.Equal(new AppendProgress(2, 2, 0, AppendOutcome.Committed), plain.Progress);
        Assert.Equal("2", await CountAsync(connection));
    }

    [Fact]
    public async Task Names_that_are_emptied_while_a_commit_waits_make_it_succeed_and_replicated_is_not_said()
    {
        string connection = await cluster.CreateStoreAsync();
        await using var server = new ClusterStore(cluster, connection, AcknowledgementLevel.Replicated);
        IMessageAppender pump = await ReleaseByNamesAsync(server, connection);
        Assert.Equal(new AppendProgress(2, 1, 1, AppendOutcome.Committed), pump.Progress);
        server.Advance(ClusterStore.Patience);
        await ClusterStore.SettleAsync(pump).InTime();

        Assert.Equal(new AppendProgress(2, 1, 1, AppendOutcome.Unknown), pump.Progress);
        await server.AssertBusyAsync(pump.RenewAsync(Stop));
        await server.AssertBusyAsync(server.Store.OpenAsync("pump", "peer", Stop));
        await server.PassAsync(Wait.UntilAsync(() =>
            server.Store.Problem?.EndsWith("the level is replicated: synchronous_standby_names is empty", StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task A_store_that_believes_the_settings_is_caught_by_emptied_names()
    {
        string connection = await cluster.CreateStoreAsync();
        await using var server = new ClusterStore(cluster, connection, AcknowledgementLevel.Replicated, StoreFault.ProvesNothing);
        IMessageAppender pump = await ReleaseByNamesAsync(server, connection);
        await ClusterStore.SettleAsync(pump).InTime();
        Assert.Equal(new AppendProgress(2, 2, 2, AppendOutcome.Committed), pump.Progress);
    }

    [Fact]
    public async Task With_empty_names_durable_goes_on()
    {
        string connection = await cluster.CreateStoreAsync();
        await using var server = new ClusterStore(cluster, connection, AcknowledgementLevel.Durable);
        IMessageAppender pump = await ReleaseByNamesAsync(server, connection);
        await server.PassAsync(ClusterStore.SettleAsync(pump));
        Assert.Equal(new AppendProgress(2, 2, 2, AppendOutcome.Committed), pump.Progress);
        _ = await server.StoreAsync(await server.OpenAsync(), 3);
    }

    [Theory]
    [InlineData("pg_cancel_backend")]
    [InlineData("pg_terminate_backend")]
    public async Task A_commit_whose_wait_an_operator_ends_is_unknown_though_its_row_is_there(string end)
    {
        string connection = await cluster.CreateStoreAsync();
        await using var server = new ClusterStore(cluster, connection, AcknowledgementLevel.Durable);
        IMessageAppender pump = await server.OpenAsync();
        _ = await server.StoreAsync(pump, 1);
        await cluster.CrashStandbysAsync();

        ClusterStore.Offer(pump, 2);
        await PostgresInstance.RunAsync(connection, $"select {end}({await WaitingAsync(connection)})");
        await ClusterStore.SettleAsync(pump).InTime();

        Assert.Equal(new AppendProgress(2, 1, 1, AppendOutcome.Unknown), pump.Progress);
        await Wait.UntilAsync(async () => await CountAsync(connection) == "2");
        await server.AssertBusyAsync(pump.RenewAsync(Stop));

        await cluster.MakeWholeAsync();
        Assert.Equal(2, (await server.OpenAsync()).Progress.CommittedSequence);
    }

    [Theory]
    [InlineData("alter role server set synchronous_commit = local", "alter role server reset synchronous_commit")]
    [InlineData("alter role server set synchronous_commit = off", "alter role server reset synchronous_commit")]
    [InlineData("alter system set synchronous_commit = local", "alter system reset synchronous_commit")]
    public async Task No_default_of_a_role_or_of_the_database_weakens_what_a_commit_means(string weaken, string restore)
    {
        string connection = await cluster.CreateStoreAsync();
        await PostgresInstance.RunAsync(connection, weaken);
        await PostgresInstance.RunAsync(connection, "select pg_reload_conf()");
        try
        {
            await using var server = new ClusterStore(cluster, connection, AcknowledgementLevel.Durable);
            IMessageAppender pump = await server.OpenAsync();
            await cluster.CrashStandbysAsync();
            ClusterStore.Offer(pump, 1);
            _ = await WaitingAsync(connection);
            Assert.Equal(0, pump.Progress.CommittedCount);
            await cluster.MakeWholeAsync();
            await server.PassAsync(ClusterStore.SettleAsync(pump));
        }
        finally
        {
            await cluster.MakeWholeAsync();
            await PostgresInstance.RunAsync(connection, restore);
            await PostgresInstance.RunAsync(connection, "select pg_reload_conf()");
        }
    }

    /// <summary>Has a second message wait for a standby, and then commits wait for nobody any more.</summary>
    private async Task<IMessageAppender> ReleaseByNamesAsync(ClusterStore server, string connection)
    {
        IMessageAppender pump = await server.OpenAsync();
        _ = await server.StoreAsync(pump, 1);
        await cluster.CrashStandbysAsync();
        ClusterStore.Offer(pump, 2);
        _ = await WaitingAsync(connection);
        await PostgresCluster.SetNamesAsync(connection, "");
        await Wait.UntilAsync(async () => await CountAsync(connection) == "2");
        return pump;
    }

    private static async Task<string> WaitingAsync(string connection)
    {
        string process = "";
        await Wait.UntilAsync(async () => (process = await PostgresCluster.WaitingAsync(connection, "append")).Length > 0);
        return process;
    }

    private static Task<string> CountAsync(string connection) => PostgresCluster.ReadAsync(connection, "select count(*)::text from aldis_message");
}

using System.Globalization;
using Aldis.Journal.Stores;
using Aldis.Postgres.Tests.Database;
using Aldis.Protocols.Messages;
using Aldis.Tests;
using Npgsql;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>What is left of what was acknowledged when the primary is gone and a standby takes its place.</summary>
public sealed class PromotionTests : IAsyncLifetime
{
    private readonly PostgresCluster _cluster = new();

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(AcknowledgementLevel.Durable)]
    [InlineData(AcknowledgementLevel.Replicated)]
    public async Task What_was_acknowledged_is_on_the_node_that_is_promoted_and_the_old_primary_is_not_used_again(AcknowledgementLevel level)
    {
        string connection = await _cluster.CreateStoreAsync();
        await using var server = new ClusterStore(_cluster, connection, level);
        (long acknowledged, PostgresNode promoted) = await LosePrimaryAsync(server, connection);
        Assert.Equal(4, acknowledged);

        IMessageAppender again = await server.OpenAsync();
        Assert.Equal(acknowledged, again.Progress.CommittedSequence);
        again = await server.StoreAsync(again, acknowledged + 1);
        Assert.Equal("5", await CountAsync(promoted, connection));

        // The primary of before comes back while the others are away.
        await PostgresCluster.SetNamesAsync(promoted.Address("postgres"), "");
        _cluster.Start(_cluster.Primary);
        await PostgresCluster.SetNamesAsync(_cluster.Primary.Address("postgres"), "");
        _cluster.Crash(promoted);
        ClusterStore.Offer(again, acknowledged + 2);
        await server.PassAsync(ClusterStore.SettleAsync(again));
        Assert.NotEqual(AppendOutcome.Committed, again.Progress.Outcome);
        await server.AssertBusyAsync(again.RenewAsync(TestContext.Current.CancellationToken));
        await Wait.UntilAsync(() =>
        {
            server.Advance(TimeSpan.FromMilliseconds(50));
            return server.Store.Problem?.EndsWith(
                "writes timeline 1, and 2 was seen: it was the primary before, and is not used", StringComparison.Ordinal) == true;
        });
    }

    [Fact]
    public async Task A_store_that_acknowledges_what_the_primary_alone_has_is_caught_by_the_promotion()
    {
        string connection = await _cluster.CreateStoreAsync();
        await using var server = new ClusterStore(_cluster, connection, AcknowledgementLevel.Durable, StoreFault.CommitsLocally);
        (long acknowledged, PostgresNode promoted) = await LosePrimaryAsync(server, connection);
        Assert.Equal((5, "4"), (acknowledged, await CountAsync(promoted, connection)));
    }

    /// <summary>
    /// Stores messages, some of them while one standby is away; has both away while another message is offered; then the primary
    /// crashes, and of the standbys the one that has received more is promoted.
    /// </summary>
    private async Task<(long Acknowledged, PostgresNode Promoted)> LosePrimaryAsync(ClusterStore server, string connection)
    {
        IMessageAppender pump = await server.OpenAsync();
        _ = await server.StoreAsync(pump, 2);
        _cluster.Crash(_cluster.Standbys[0]);
        _ = await server.StoreAsync(pump, 4);
        await _cluster.CrashStandbysAsync();
        ClusterStore.Offer(pump, 5);
        await Wait.UntilAsync(async () =>
            pump.Progress.IsSettled || (await PostgresCluster.WaitingAsync(connection, "append")).Length > 0);
        _cluster.Crash(_cluster.Primary);

        foreach (PostgresNode standby in _cluster.Standbys)
        {
            _cluster.Start(standby);
        }

        PostgresNode promoted = await PositionAsync(_cluster.Standbys[0]) >= await PositionAsync(_cluster.Standbys[1])
            ? _cluster.Standbys[0]
            : _cluster.Standbys[1];
        PostgresNode other = _cluster.Standbys.Single(node => node != promoted);
        promoted.Promote();
        _cluster.Crash(other);
        other.Follow(promoted);
        _cluster.Start(other);
        string name = other == _cluster.Standbys[0] ? "s1" : "s2";
        await PostgresCluster.SetNamesAsync(promoted.Address("postgres"), $"ANY 1 (s0,{name})");
        return (pump.Progress.CommittedSequence, promoted);
    }

    private static async Task<long> PositionAsync(PostgresNode standby) => long.Parse(
        await PostgresCluster.ReadAsync(
            standby.Address("postgres"),
            "select (greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn)::bigint::text"),
        CultureInfo.InvariantCulture);

    private static Task<string> CountAsync(PostgresNode node, string connection) => PostgresCluster.ReadAsync(
        node.Address(new NpgsqlConnectionStringBuilder(connection).Database!), "select count(*)::text from aldis_message");
}

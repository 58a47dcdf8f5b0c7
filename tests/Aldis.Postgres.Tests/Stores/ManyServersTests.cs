using Aldis.Journal.Stores;
using Aldis.Postgres.Tests.Database;
using Npgsql;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>Several servers on one database.</summary>
public sealed class ManyServersTests(PostgresInstance instance)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_goes_on_at_another_server_and_the_first_one_stores_nothing_more()
    {
        string connection = await instance.CreateStoreAsync();
        await using PostgresMessageStore first = Open(connection, "first");
        await using PostgresMessageStore second = Open(connection, "second");
        IMessageAppender older = (await first.OpenAsync("pump", "peer", Stop)).Appender!;
        await StoreAsync(older, 1);

        IMessageAppender newer = (await second.OpenAsync("pump", "peer", Stop)).Appender!;
        Assert.Equal(1, newer.Progress.CommittedSequence);
        Assert.True(newer.TryGetCrc(1, out _));
        Assert.Equal(AppendStatus.Accepted, older.TryAppend(2, [1]));
        await SettleAsync(older);
        await StoreAsync(newer, 2);

        Assert.Equal(new AppendProgress(2, 1, 1, AppendOutcome.LeaseLost), older.Progress);
        Assert.Equal(StoreOpening.Not(StoreOpenStatus.LeaseLost), await older.RenewAsync(Stop));
        Assert.Equal(2, await CountAsync(connection));
    }

    [Fact]
    public async Task Plain_connections_that_open_at_once_are_stored_under_one_lease()
    {
        string connection = await instance.CreateStoreAsync();
        await using PostgresMessageStore store = Open(connection, "here");
        StoreOpening[] openings = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => store.OpenAsync(null, "peer", Stop).AsTask()));
        foreach (StoreOpening opening in openings)
        {
            Assert.Equal(AppendStatus.Accepted, opening.Appender!.TryAppend(0, [1]));
        }

        foreach (StoreOpening opening in openings)
        {
            await SettleAsync(opening.Appender!);
            Assert.Equal(new AppendProgress(1, 1, 0, AppendOutcome.Committed), opening.Appender!.Progress);
        }
    }

    [Fact]
    public async Task Partitions_that_are_dropped_leave_how_far_a_client_is_and_the_crcs_of_its_last_messages()
    {
        string connection = await instance.CreateStoreAsync();
        await PostgresInstance.RunAsync(connection, """
            create table aldis_message_20200101 partition of aldis_message
                for values from ('2020-01-01 00:00:00+00') to ('2020-01-02 00:00:00+00');
            alter table aldis_message_20200101 owner to aldis_owner;
            insert into aldis_client values ('pump', 1, gen_random_uuid(), 40, '@gone', now());
            insert into aldis_message select 'pump', n, 1, '2020-01-01 12:00:00+00', 'peer', n, '' from generate_series(1, 40) n;
            select aldis_maintain(interval '30 days', 16);
            """);

        await using PostgresMessageStore store = Open(connection, "here");
        IMessageAppender pump = (await store.OpenAsync("pump", "peer", Stop)).Appender!;

        Assert.Equal(0, await CountAsync(connection));
        Assert.Equal(40, pump.Progress.CommittedSequence);
        Assert.True(pump.TryGetCrc(25, out uint crc));
        Assert.Equal(25u, crc);
        Assert.False(pump.TryGetCrc(24, out _));
    }

    private static PostgresMessageStore Open(string connection, string node) =>
        PostgresMessageStore.Open(new PostgresStoreOptions { Address = PostgresInstance.AddressOf(connection), Node = node, Window = 16 });

    private static async Task StoreAsync(IMessageAppender appender, long sequence)
    {
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, [1]));
        await SettleAsync(appender);
        Assert.Equal(sequence, appender.Progress.CommittedSequence);
    }

    private static async Task SettleAsync(IMessageAppender appender)
    {
        while (!appender.Progress.IsSettled)
        {
            await appender.WaitForProgressAsync();
        }
    }

    private static async Task<long> CountAsync(string connection)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync(Stop);
        await using var command = new NpgsqlCommand("select count(*) from aldis_message", open);
        return (long)(await command.ExecuteScalarAsync(Stop))!;
    }
}

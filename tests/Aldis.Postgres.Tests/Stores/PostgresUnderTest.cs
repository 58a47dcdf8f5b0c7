using System.Text;
using Aldis.Journal.Stores;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Queueing;
using Aldis.Postgres.Sessions;
using Aldis.Postgres.Tests.Database;
using Aldis.Tests.Stores;
using Npgsql;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>A store in a database of its own, in which nothing commits before <see cref="Settle"/>.</summary>
internal sealed class PostgresUnderTest : StoreUnderTest
{
    private readonly string _connection;
    private readonly PostgresHosts _hosts;
    private readonly HeldHosts _held;
    private readonly PostgresMessageStore _store;

    public PostgresUnderTest(string connection, int? seed = null)
    {
        _connection = connection;
        string address = PostgresInstance.AddressOf(connection);
        Assert.True(StoreAddress.TryParse(address, out StoreAddress? parsed, out _));
        var options = new PostgresStoreOptions { Address = address, Node = "here" };
        var watch = new StoreWatch(static _ => { });
        _hosts = new PostgresHosts(
            parsed, new SessionOptions("here", Proves: false, Window, TimeProvider.System), new TimelineFile(null), watch);
        _held = new HeldHosts(_hosts, seed);
        _store = new PostgresMessageStore(
            options,
            new StoreQueueOptions { MaxMessageBytes = MaxMessageBytes, Window = Window, MaxQueuedBytesPerAppender = QueueBytes },
            _held,
            watch);
    }

    public override IMessageStore Store => _store;

    public override void Settle()
    {
        _held.Release();
        Assert.True(SpinWait.SpinUntil(() => _store.IsSettled, TimeSpan.FromSeconds(60)));
        _held.Hold();
    }

    public override List<(long Sequence, string Text)> Read(string? client)
    {
        using var connection = new NpgsqlConnection(_connection);
        connection.Open();
        using var command = new NpgsqlCommand(
            client is null
                ? "select 0::bigint, payload from aldis_message where client like '@%' order by seq"
                : "select seq, payload from aldis_message where client = $1 order by seq",
            connection);
        if (client is not null)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = client });
        }

        List<(long Sequence, string Text)> stored = [];
        using NpgsqlDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            stored.Add((reader.GetInt64(0), Encoding.UTF8.GetString((byte[])reader[1])));
        }

        return stored;
    }

    public override async ValueTask DisposeAsync()
    {
        _held.Release();
        await _store.DisposeAsync();
        _hosts.Dispose();
    }
}

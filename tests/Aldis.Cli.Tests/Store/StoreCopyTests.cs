using System.Globalization;
using System.Text;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Postgres.Tests.Database;
using Aldis.Protocols.Integrity;
using Aldis.Tests;
using Npgsql;

namespace Aldis.Cli.Tests.Store;

/// <summary><c>aldis store copy</c>: a journal into a database and back, each message once.</summary>
public sealed class StoreCopyTests(PostgresInstance instance) : IAsyncLifetime
{
    private static readonly DateTimeOffset Begin = new(2026, 5, 1, 6, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private string _connection = "";

    private string Store => PostgresInstance.AddressOf(_connection, "owner");

    public async ValueTask InitializeAsync() => _connection = await instance.CreateStoreAsync();

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_journal_goes_into_a_database_and_back_with_its_numbers_times_and_peers_and_again_adds_nothing()
    {
        string journal = await WriteAsync("a", Few);
        await CopiesAsync(journal, Store, "6 messages copied, 0 were there already\n");
        await CopiesAsync(journal, Store, "0 messages copied, 6 were there already\n");
        string[] lines = await LinesAsync("--data", journal);
        Assert.Equal(6, lines.Length);
        Assert.Equal(lines, await LinesAsync("--store", Store));
        (await Run.AldisAsync("log", "--verify", "--store", Store)).Ends(ExitCode.Confirmed);

        string other = _directory.Combine("b");
        await CopiesAsync(Store, other, "6 messages copied, 0 were there already\n");
        Assert.Equal(lines, await LinesAsync("--data", other));
        (await Run.AldisAsync("log", "--verify", "--data", other)).Ends(ExitCode.Confirmed);
        foreach ((string from, string to) in ((string, string)[])[(Store, other), (Store, journal), (other, Store)])
        {
            await CopiesAsync(from, to, "0 messages copied, 6 were there already\n");
        }
    }

    [Fact]
    public async Task A_copy_goes_on_where_one_before_came_to()
    {
        string journal = await WriteAsync("a", Few);
        await CopiesAsync(journal, Store, "6 messages copied, 0 were there already\n");
        string other = _directory.Combine("b");
        await CopiesAsync(Store, other, "6 messages copied, 0 were there already\n");

        _ = await WriteAsync("a", [("pump", 4, 7, "d"), ("", 0, 8, "plain"), ("new", 1, 9, "e")]);
        await CopiesAsync(journal, Store, "3 messages copied, 6 were there already\n");
        await CopiesAsync(Store, other, "3 messages copied, 6 were there already\n");
        Assert.Equal(await LinesAsync("--data", journal), await LinesAsync("--data", other));
    }

    [Fact]
    public async Task A_client_that_somebody_else_stores_meanwhile_is_not_stored_twice()
    {
        await PostgresInstance.RunAsync(_connection, "insert into aldis_client values ('pump', 1, gen_random_uuid(), 0, '@a', now())");
        await using var server = new NpgsqlConnection(_connection);
        await server.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlTransaction storing = await server.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var store = new NpgsqlCommand("update aldis_client set last = 2 where client = 'pump'", server, storing);
        _ = await store.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Task<Run> copying = CopyAsync(await WriteAsync("a", Few), Store);
        await Wait.UntilAsync(async () => await AskAsync(_connection, "select count(*)::text from pg_locks where not granted") != "0");
        await storing.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("somebody else stores as pump meanwhile", (await copying).Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        Assert.Equal("0", await AskAsync(_connection, "select count(*)::text from aldis_message where client = 'pump'"));
    }

    [Fact]
    public async Task A_copy_that_is_killed_goes_on_and_stores_each_message_once()
    {
        string journal = await WriteAsync("a", Many);
        await KillAsync(journal, Store, async () => await AskAsync(_connection, "select min(last)::text from aldis_client") is not null);
        await EndsWholeAsync(journal, Store);
        (await Run.AldisAsync("log", "--verify", "--store", Store)).Ends(ExitCode.Confirmed);

        string other = _directory.Combine("b");
        await KillAsync(Store, other, () => Task.FromResult(HasMessages(other)));
        await EndsWholeAsync(Store, other);
        (await Run.AldisAsync("log", "--verify", "--data", other)).Ends(ExitCode.Confirmed);
        Assert.Equal(await LinesAsync("--data", journal), await LinesAsync("--data", other));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Other_bytes_under_a_number_are_told_and_end_their_client_alone(bool isIntoDatabase)
    {
        string journal = await WriteAsync("a", [("pump", 1, 1, "a"), ("pump", 2, 2, "b")]);
        string changed = await WriteAsync("b", [("pump", 1, 1, "a"), ("pump", 2, 2, "B"), ("pump", 3, 3, "c"), ("valve", 1, 4, "v")]);
        (string from, string to) = (changed, Store);
        if (isIntoDatabase)
        {
            await CopiesAsync(journal, Store, "2 messages copied, 0 were there already\n");
        }
        else
        {
            await CopiesAsync(changed, Store, "4 messages copied, 0 were there already\n");
            (from, to) = (Store, journal);
        }

        Run run = await CopyAsync(from, to);
        Assert.Equal(
            "wrong: pump 2: other bytes are stored under that number\n1 messages copied, 1 were there already, 1 behind what is wrong were left out\n",
            run.Ends(ExitCode.IntegrityMismatch).Output);
        string[] lines = await LinesAsync(isIntoDatabase ? "--store" : "--data", to);
        Assert.Equal(["a", "b", "v"], lines.Select(static line => line[(line.LastIndexOf(' ') + 1)..]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_missing_on_both_sides_is_told_and_not_passed_over(bool isIntoDatabase)
    {
        await PostgresInstance.RunAsync(_connection, """
            insert into aldis_client values ('pump', 1, gen_random_uuid(), 6, '@a', now());
            insert into aldis_message values ('pump', 6, 1, '2026-05-01 06:00:01Z', '[::1]:7', 3251651376, 'a');
            """);
        string journal = await WriteAsync("a", [("pump", 1, 1, "a")]);
        (string from, string to) = (Store, journal);
        if (isIntoDatabase)
        {
            string late = _directory.Combine("late");
            await CopiesAsync(Store, late, "1 messages copied, 0 were there already\n");
            string other = PostgresInstance.AddressOf(await instance.CreateStoreAsync(), "owner");
            await CopiesAsync(journal, other, "1 messages copied, 0 were there already\n");
            (from, to) = (late, other);
        }

        Run run = await CopyAsync(from, to);
        Assert.Equal(
            "wrong: pump: 1 is stored, and the next to copy is 6\n0 messages copied, 0 were there already, 1 behind what is wrong were left out\n",
            run.Ends(ExitCode.IntegrityMismatch).Output);
    }

    [Fact]
    public async Task What_retention_dropped_stays_remembered_with_its_CRCs()
    {
        await PostgresInstance.RunAsync(_connection, string.Create(CultureInfo.InvariantCulture, $"""
            insert into aldis_client values ('pump', 1, gen_random_uuid(), 3, '@a', now()), ('gone', 1, gen_random_uuid(), 9, '@a', now());
            insert into aldis_crc values ('pump', 2, {CrcOf("b")}), ('gone', 8, {CrcOf("h")}), ('gone', 9, {CrcOf("i")});
            insert into aldis_message values ('pump', 3, 1, '2026-05-01 06:00:01Z', '[::1]:7', {CrcOf("c")}, 'c');
            """));
        string journal = _directory.Combine("a");
        await CopiesAsync(Store, journal, "1 messages copied, 0 were there already\n");
        using (var opened = MessageJournal.Open(new JournalOptions { Directory = Path.Combine(journal, "journal") }))
        {
            Assert.Equal((3L, 9L), (opened.FindClient("pump")!.Taken, opened.FindClient("gone")!.Taken));
            Assert.True(opened.TryGetCrc(opened.FindClient("pump")!, 2, out uint crc) && crc == CrcOf("b"));
            Assert.True(opened.TryGetCrc(opened.FindClient("gone")!, 8, out crc) && crc == CrcOf("h"));
        }

        (await Run.AldisAsync("log", "--verify", "--data", journal)).Ends(ExitCode.Confirmed);
        string other = await instance.CreateStoreAsync();
        await CopiesAsync(journal, PostgresInstance.AddressOf(other, "owner"), "1 messages copied, 0 were there already\n");
        Assert.Equal("gone 9|pump 3", await AskAsync(other, "select string_agg(client || ' ' || last, '|' order by client) from aldis_client"));
        Assert.Equal(
            $"gone 8 {CrcOf("h")}|gone 9 {CrcOf("i")}|pump 2 {CrcOf("b")}",
            await AskAsync(other, "select string_agg(client || ' ' || seq || ' ' || crc, '|' order by client, seq) from aldis_crc"));
    }

    [Fact]
    public async Task Messages_are_in_the_table_of_their_day_so_that_retention_drops_them()
    {
        await CopiesAsync(await WriteAsync("a", Few), Store, "6 messages copied, 0 were there already\n");
        Assert.Equal("aldis_message_20260501", await AskAsync(_connection, "select distinct tableoid::regclass::text from aldis_message"));
        Assert.Equal("1", await AskAsync(_connection, "select aldis_maintain(interval '1 day', 256)::text"));
    }

    [Fact]
    public async Task A_journal_that_a_server_writes_is_refused_and_so_is_a_user_who_may_not()
    {
        string journal = await WriteAsync("a", Few);
        using (MessageJournal.Open(new JournalOptions { Directory = Path.Combine(journal, "journal") }))
        {
            foreach ((string from, string to) in ((string, string)[])[(journal, Store), (Store, journal)])
            {
                Assert.Contains(
                    "is in use by another server. Stop it first.", (await CopyAsync(from, to)).Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
            }
        }

        Run run = await CopyAsync(journal, PostgresInstance.AddressOf(_connection));
        Assert.Contains("connect as one in role aldis_owner", run.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        (await CopyAsync(journal, "postgres://127.0.0.1:1/aldis")).Ends(ExitCode.NetworkError);
    }

    [Fact]
    public async Task A_server_whose_client_was_copied_stores_nothing_more_as_it()
    {
        await PostgresInstance.RunAsync(_connection, "insert into aldis_client values ('pump', 7, gen_random_uuid(), 0, '@a', now())");
        await CopiesAsync(await WriteAsync("a", Few), Store, "6 messages copied, 0 were there already\n");
        Assert.Equal("8", await AskAsync(_connection, "select epoch::text from aldis_client where client = 'pump'"));
    }

    private static (string Client, long Sequence, int Second, string Text)[] Few =>
    [
        ("pump", 1, 1, "a"), ("", 0, 2, "plain"), ("valve", 1, 3, "b"), ("", 0, 2, "plain"), ("pump", 2, 5, "c"), ("pump", 3, 6, "c"),
    ];

    private static (string Client, long Sequence, int Second, string Text)[] Many =>
    [
        .. Enumerable.Range(0, 30_000).Select(static place =>
            (place % 3 == 0 ? "" : $"c{place % 3}", place % 3 == 0 ? 0L : (place / 3) + 1L, place / 100, $"text {place % 7}")),
    ];

    private static uint CrcOf(string text) => Crc32C.Compute(Encoding.UTF8.GetBytes(text));

    private static async Task<string?> AskAsync(string connection, string question)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(question, open);
        return await command.ExecuteScalarAsync() as string;
    }

    private static async Task<string[]> LinesAsync(string option, string place) =>
        [.. (await Run.AldisAsync("log", "--utc", option, place)).Ends(ExitCode.Confirmed).Output.TrimEnd().Split('\n').Order()];

    private static bool HasMessages(string data)
    {
        using var reader = new JournalReader(Path.Combine(data, "journal"), new JournalQuery());
        return Directory.Exists(Path.Combine(data, "journal")) && reader.TryRead(out _);
    }

    /// <summary>Begins a copy, and kills it in the middle.</summary>
    private static async Task KillAsync(string from, string to, Func<Task<bool>> hasBegun)
    {
        await using AldisProcess copy = AldisProcess.Start(readsError: true, "store", "copy", from, to);
        await Wait.UntilAsync(hasBegun);
        await copy.KillAsync();
    }

    /// <summary>Copies what is missing, and finds that all is there then.</summary>
    private static async Task EndsWholeAsync(string from, string to)
    {
        (await CopyAsync(from, to)).Ends(ExitCode.Confirmed);
        await CopiesAsync(from, to, "0 messages copied, 30000 were there already\n");
    }

    private static async Task CopiesAsync(string from, string to, string output) =>
        Assert.Equal(output, (await CopyAsync(from, to)).Ends(ExitCode.Confirmed).Output);

    private static Task<Run> CopyAsync(string from, string to) => Run.AldisAsync("store", "copy", from, to);

    private async Task<string> WriteAsync(string name, (string Client, long Sequence, int Second, string Text)[] messages)
    {
        string data = _directory.Combine(name);
        await using var journal = MessageJournal.Open(new JournalOptions { Directory = Path.Combine(data, "journal") }, FileStorage.Instance);
        foreach (var some in messages.GroupBy(static message => (message.Client, message.Second)))
        {
            var appender = (JournalAppender)(await journal.OpenAsync(
                some.Key.Client.Length == 0 ? null : some.Key.Client, $"[::1]:{some.Key.Second}")).Appender!;
            foreach ((_, long sequence, int second, string text) in some)
            {
                Assert.Equal(
                    Journal.Stores.AppendStatus.Accepted, appender.TryAppend(sequence, Encoding.UTF8.GetBytes(text), Begin.AddSeconds(second)));
            }

            await appender.CloseAsync();
        }

        return data;
    }
}

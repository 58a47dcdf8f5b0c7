using System.Text.Json;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Postgres.Tests.Database;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Store;

/// <summary><c>aldis log --store</c>: a database read as a journal is.</summary>
public sealed class StoreLogTests(PostgresInstance instance) : IAsyncLifetime
{
    private string _connection = "";

    public async ValueTask InitializeAsync()
    {
        _connection = await instance.CreateStoreAsync();
        await PostgresInstance.RunAsync(_connection, """
            do $$ begin if to_regrole('looker') is null then create role looker login in role aldis_reader; end if; end $$;
            insert into aldis_client values ('pump', 1, gen_random_uuid(), 3, '@a', '2026-05-01 06:00:00Z'),
                ('valve', 1, gen_random_uuid(), 1, '@a', '2026-05-01 06:00:00Z'), ('gone', 1, gen_random_uuid(), 9, '@a', '2026-05-01 05:00:00Z'),
                ('only-hello', 1, gen_random_uuid(), 0, '@a', now()), ('@a', 1, gen_random_uuid(), 0, '@a', now());
            insert into aldis_message values ('pump', 1, 1, '2026-05-01 06:00:01Z', '[::1]:7', 3251651376, 'a'),
                ('@a', 1099511627777, 1, '2026-05-01 06:00:02Z', '[::1]:8', 1471703641, 'plain'),
                ('valve', 1, 1, '2026-05-01 06:00:03Z', '[::1]:9', 3531649220, 'b'),
                ('pump', 2, 1, '2026-05-01 06:00:04Z', '[::1]:7', 552285127, 'c'), ('pump', 3, 1, '2026-05-01 06:00:05Z', '[::1]:7', 552285127, 'c');
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("", "06:00:01Z pump 1 [::1]:7 a|06:00:02Z - - [::1]:8 plain|06:00:03Z valve 1 [::1]:9 b|06:00:04Z pump 2 [::1]:7 c|06:00:05Z pump 3 [::1]:7 c")]
    [InlineData("-n 2", "06:00:04Z pump 2 [::1]:7 c|06:00:05Z pump 3 [::1]:7 c")]
    [InlineData("--client pump -n 2", "06:00:04Z pump 2 [::1]:7 c|06:00:05Z pump 3 [::1]:7 c")]
    [InlineData("--client pump --until 2026-05-01T06:00:04Z", "06:00:01Z pump 1 [::1]:7 a")]
    [InlineData("--since 2026-05-01T06:00:02Z --until 2026-05-01T06:00:04Z", "06:00:02Z - - [::1]:8 plain|06:00:03Z valve 1 [::1]:9 b")]
    [InlineData("--grep [ab] -n 2", "06:00:02Z - - [::1]:8 plain|06:00:03Z valve 1 [::1]:9 b")]
    public async Task Messages_are_selected_as_those_of_a_journal(string options, string expected)
    {
        Run run = await LogAsync(["--utc", .. Words(options)]);
        Assert.Equal(
            expected.Split('|').Select(static line => $"2026-05-01T{line.Replace("Z ", ".0000000Z ", StringComparison.Ordinal)}"),
            run.Ends(ExitCode.Confirmed).Output.TrimEnd('\n').Split('\n').Select(static line =>
                line.Contains(".0000000Z", StringComparison.Ordinal) ? line : line.Replace("Z ", ".0000000Z ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_plain_form_is_a_client_without_a_name_and_counts_and_records_are_as_ever()
    {
        Assert.EndsWith("- - [::1]:8 plain\n", (await LogAsync("--client", "")).Ends(ExitCode.Confirmed).Output, StringComparison.Ordinal);
        using var message = JsonDocument.Parse((await LogAsync("--json", "-n", "1")).Ends(ExitCode.Confirmed).Output);
        Assert.Equal(("pump", 3, "c"), (
            message.RootElement.GetProperty("client").GetString(),
            message.RootElement.GetProperty("seq").GetInt32(),
            message.RootElement.GetProperty("text").GetString()));
        Assert.Contains("pump           3      3", (await LogAsync("--count")).Ends(ExitCode.Confirmed).Output, StringComparison.Ordinal);
        Assert.Equal(6, (await LogAsync("--csv")).Ends(ExitCode.Confirmed).Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task Clients_are_listed_with_what_is_left_of_them_and_a_mere_hello_is_nobody()
    {
        string[] lines = (await LogAsync("--clients", "--utc")).Ends(ExitCode.Confirmed).Output.TrimEnd().Split('\n');
        Assert.Equal(["gone 9 0", "pump 3 3", "valve 1 1"], lines.Select(static line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
    }

    [Fact]
    public async Task A_client_without_messages_is_forgotten_and_one_with_some_is_not()
    {
        string owner = PostgresInstance.AddressOf(_connection, "owner");
        Run kept = await Run.AldisAsync("log", "--store", owner, "--forget", "gone", "--forget", "pump");
        Assert.Contains("client pump has messages in the store", kept.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        Run unknown = await Run.AldisAsync("log", "--store", owner, "--forget", "gone", "--forget", "nobody");
        Assert.Contains("there is no client nobody", unknown.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        Assert.Contains("role aldis_owner", (await LogAsync("--forget", "gone")).Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);

        Run done = await Run.AldisAsync("log", "--store", owner, "--forget", "gone");
        Assert.Contains("client gone is forgotten; its last number was 9", done.Ends(ExitCode.Confirmed).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("gone", (await LogAsync("--clients")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_finds_what_is_changed_missing_or_twice()
    {
        Assert.EndsWith(
            "5 messages of 2 clients and the plain form\nsound: the CRC of every payload, and every client's sequence\n",
            (await LogAsync("--verify")).Ends(ExitCode.Confirmed).Output,
            StringComparison.Ordinal);
        await PostgresInstance.RunAsync(_connection, """
            update aldis_message set payload = 'x' where client = 'valve';
            insert into aldis_message select * from aldis_message where client = '@a';
            delete from aldis_message where client = 'pump' and seq = 2;
            update aldis_client set last = 4 where client = 'pump';
            """);
        Run run = await LogAsync("--verify");
        Assert.Equal(
            """
            5 messages of 2 clients and the plain form
            wrong: @a 1099511627777: it is there more than once
            wrong: pump: 1 is followed by 3
            wrong: pump: the last message is 3, and 4 was acknowledged
            wrong: valve 1: the payload is not the one that was stored
            NOT sound

            """,
            run.Ends(ExitCode.IntegrityMismatch).Output);
    }

    [Fact]
    public async Task What_servers_store_is_followed_each_message_once()
    {
        string store = PostgresInstance.AddressOf(_connection);
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0", "--store", store, "--node", "b");
        string address = $"tcp://{server.EndPoints["messages/tcp"]}";
        await using AldisProcess log = AldisProcess.Start(readsError: true, "log", "--store", PostgresInstance.AddressOf(_connection, "looker"), "-f", "-n", "1");
        await log.WaitForOutputAsync(static line => line.EndsWith("pump 3 [::1]:7 c", StringComparison.Ordinal));

        using var directory = new TemporaryDirectory();
        (await Run.AldisAsync("send", "--plain", address, "one", "two")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("send", "--client", "new", "--outbox", directory.Combine("outbox"), address, "three", "four")).Ends(ExitCode.Confirmed);
        await log.WaitForOutputAsync(static line => line.EndsWith(" four", StringComparison.Ordinal));
        await log.KillAsync();
        Assert.Equal(["c", "one", "two", "three", "four"], log.OutputLines.Select(static line => line[(line.LastIndexOf(' ') + 1)..]));
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_said_so()
    {
        Run away = await Run.AldisAsync("log", "--store", "postgres://127.0.0.1:1/aldis");
        Assert.Contains("no node of postgres://127.0.0.1:1/aldis writes", away.Ends(ExitCode.NetworkError).Error, StringComparison.Ordinal);
        Run wrong = await Run.AldisAsync("log", "--store", "mysql://a/b");
        Assert.Contains("A store is postgres://", wrong.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        Run both = await Run.AldisAsync("log", "--store", "postgres://a/b", "--data", ".");
        Assert.Contains("--store and --data exclude each other", both.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        string empty = PostgresInstance.AddressOf(await instance.CreateEmptyAsync(), "owner");
        Run none = await Run.AldisAsync("log", "--store", empty);
        Assert.Contains("there is no store in that database", none.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
    }

    private static string[] Words(string options) => options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private Task<Run> LogAsync(params string[] options) =>
        Run.AldisAsync(["log", "--store", PostgresInstance.AddressOf(_connection, "looker"), .. options]);
}

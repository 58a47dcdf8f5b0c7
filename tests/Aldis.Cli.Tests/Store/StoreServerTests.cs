using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Postgres.Tests.Database;
using Aldis.Tests;
using Npgsql;

namespace Aldis.Cli.Tests.Store;

/// <summary><c>aldis serve --store</c>: several servers, one database.</summary>
public sealed class StoreServerTests(PostgresInstance instance) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_client_goes_on_at_another_server_and_every_message_is_there_once()
    {
        string connection = await instance.CreateStoreAsync();
        string store = PostgresInstance.AddressOf(connection);
        await using AldisProcess first = await AldisProcess.ServeAsync("messages=127.0.0.1:0", "--store", store);
        await using AldisProcess second = await AldisProcess.ServeAsync("messages=127.0.0.1:0", "--store", store, "--node", "second");
        string outbox = _directory.Combine("outbox");

        (await SendAsync(first, outbox, "one", "two")).Ends(ExitCode.Confirmed);
        (await SendAsync(second, outbox, "three")).Ends(ExitCode.Confirmed);
        (await SendAsync(first, outbox, "four")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("send", "--plain", AddressOf(second), "five")).Ends(ExitCode.Confirmed);

        Assert.Equal(
            "@second 1099511627777 five,pump-7 1 one,pump-7 2 two,pump-7 3 three,pump-7 4 four",
            await ReadAsync(connection, """
                select string_agg(client || ' ' || seq || ' ' || convert_from(payload, 'UTF8'), ',' order by client, seq) from aldis_message
                """));
        Assert.Equal("2", await ReadAsync(connection, "select count(distinct node)::text from aldis_client where client = 'pump-7' or node = '@second'"));
    }

    [Fact]
    public async Task Of_two_senders_under_one_id_at_two_servers_the_later_one_goes_on_and_the_other_is_told()
    {
        string connection = await instance.CreateStoreAsync();
        string store = PostgresInstance.AddressOf(connection);
        await using AldisProcess first = await AldisProcess.ServeAsync("messages=127.0.0.1:0", "--store", store);
        await using AldisProcess second = await AldisProcess.ServeAsync("messages=127.0.0.1:0", "--store", store);
        await using AldisProcess older = AldisProcess.Start(readsError: true, "send", "--client", "pump-7", AddressOf(first), "-");
        await older.FeedAsync("one\n");
        await Wait.UntilAsync(async () => await ReadAsync(connection, "select count(*)::text from aldis_message") == "1");

        (await Run.AldisAsync("send", "--client", "pump-7", AddressOf(second), "two")).Ends(ExitCode.Confirmed);

        Assert.Equal(ExitCode.Refused, await older.WaitForExitAsync());
        Assert.Contains(older.ErrorLines, static line => line.Contains("another connection with the client id 'pump-7'", StringComparison.Ordinal));
        (await Run.AldisAsync("log", "--store", store, "--verify")).Ends(ExitCode.Confirmed);
        Assert.Equal("1 one,2 two", await ReadAsync(
            connection, "select string_agg(seq || ' ' || convert_from(payload, 'UTF8'), ',' order by seq) from aldis_message"));
    }

    [Fact]
    public async Task A_server_stands_while_the_database_is_away_and_says_so()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "messages=127.0.0.1:0", "--store", "postgres://127.0.0.1:1/aldis", "--admin", "127.0.0.1:0");
        await server.WaitForLineAsync(static line => line.StartsWith("ADMIN ", StringComparison.Ordinal));
        string line = server.ErrorLines.First(static line => line.StartsWith("ADMIN ", StringComparison.Ordinal));
        using var http = new HttpClient { BaseAddress = new Uri(line["ADMIN ".Length..]) };
        await Wait.UntilAsync(async () => (await http.GetStringAsync(new Uri("healthz", UriKind.Relative), Stop)).Length > 0);
        await Wait.UntilAsync(async () =>
        {
            using HttpResponseMessage ready = await http.GetAsync(new Uri("readyz", UriKind.Relative), Stop);
            string body = await ready.Content.ReadAsStringAsync(Stop);
            return ready.StatusCode == HttpStatusCode.ServiceUnavailable
                && body.Contains("store-unavailable", StringComparison.Ordinal)
                && body.Contains("127.0.0.1:1: nobody listens there", StringComparison.Ordinal);
        });
        Run sent = await Run.AldisAsync("send", "--outbox", _directory.Combine("outbox"), "--retry", "1ms", AddressOf(server), "one");
        Assert.NotEqual(ExitCode.Confirmed, sent.ExitCode);
    }

    [Fact]
    public async Task Metrics_and_the_overview_say_how_the_database_is()
    {
        string store = PostgresInstance.AddressOf(await instance.CreateStoreAsync());
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "messages=127.0.0.1:0", "--store", store, "--admin", "127.0.0.1:0", "--dashboard", "127.0.0.1:0");
        (await SendAsync(server, _directory.Combine("outbox"), "one", "two")).Ends(ExitCode.Confirmed);
        await server.WaitForLineAsync(static line => line.StartsWith("ADMIN ", StringComparison.Ordinal));
        using var admin = new HttpClient { BaseAddress = new Uri(server.ErrorLines.First(static line => line.StartsWith("ADMIN ", StringComparison.Ordinal))["ADMIN ".Length..]) };
        string[] wanted =
        [
            "aldis_server_stores_unavailable 0",
            "aldis_store_messages_total{aldis_level=\"durable\"} 2",
            "aldis_store_standbys{aldis_level=\"durable\"} 0",
            "aldis_store_commit_duration_seconds_count{aldis_level=\"durable\"} ",
        ];
        await Wait.UntilAsync(async () =>
        {
            string metrics = await admin.GetStringAsync(new Uri("metrics", UriKind.Relative), Stop);
            return Array.TrueForAll(wanted, line => metrics.Contains("\n" + line, StringComparison.Ordinal))
                && !metrics.Contains("\naldis_store_size_bytes{", StringComparison.Ordinal);
        });

        string link = (await Run.AldisAsync("dashboard", "--data", Path.Combine(server.WorkingDirectory, "aldis-data"))).Ends(ExitCode.Confirmed).Output;
        string[] parts = link.Trim().Split("#token=");
        using var dashboard = new HttpClient { BaseAddress = new Uri(parts[0]) };
        dashboard.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", parts[1]);
        using var overview = JsonDocument.Parse(await dashboard.GetStringAsync(new Uri("api/v1/overview", UriKind.Relative), Stop));
        Assert.Equal("well", overview.RootElement.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, overview.RootElement.GetProperty("store").ValueKind);
        string host = store[(store.IndexOf('@', StringComparison.Ordinal) + 1)..store.LastIndexOf('/')];
        Assert.Equal(
            $$"""{"level":"durable","problem":null,"host":"{{host}}","waits_for_standbys":false,"standbys":0,"lag_bytes":null}""",
            overview.RootElement.GetProperty("database").GetRawText());
        foreach (string page in (string[])["messages", "clients", "messages/export"])
        {
            using HttpResponseMessage refused = await dashboard.GetAsync(new Uri("api/v1/" + page, UriKind.Relative), Stop);
            Assert.Contains("aldis log --store", await refused.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        }
    }

    private static string AddressOf(AldisProcess server) => $"tcp://{server.EndPoints["messages/tcp"]}";

    private static Task<Run> SendAsync(AldisProcess server, string outbox, params string[] texts) =>
        Run.AldisAsync(["send", "--client", "pump-7", "--outbox", outbox, AddressOf(server), .. texts]);

    private static async Task<string> ReadAsync(string connection, string query)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(query, open);
        return Convert.ToString(await command.ExecuteScalarAsync(Stop), CultureInfo.InvariantCulture)!;
    }
}

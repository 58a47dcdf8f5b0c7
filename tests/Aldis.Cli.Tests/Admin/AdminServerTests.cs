using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Architecture;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Cli.Verbs.Serve.Admin;
using Aldis.Services.Hosting;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Admin;

/// <summary>Health and metrics of a server: they count exactly what clients did, and say what is wrong.</summary>
public sealed partial class AdminServerTests
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task The_counters_agree_exactly_with_what_clients_did()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0", "ack=127.0.0.1:0", "--quiet", "--admin", "127.0.0.1:0");
        Uri admin = await AdminOfAsync(server);
        string messages = $"tcp://{server.EndPoints["messages/tcp"]}";
        for (int client = 0; client < 3; client++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"pump-{client}");
            (await Run.AldisAsync("send", messages, "--client", name, "one", "two", "three", "four")).Ends(ExitCode.Confirmed);
        }

        using (LabClient bad = await server.ConnectAsync("messages"))
        {
            await bad.SendAsync(new string('x', 64));
            await bad.ReceiveToEndAsync();
        }

        Dictionary<string, double> counted = [];
        await Wait.UntilAsync(async () =>
        {
            counted = Samples(await Http.GetStringAsync(new Uri(admin, "/metrics"), TestContext.Current.CancellationToken));
            return counted.GetValueOrDefault("aldis_server_active_connections{aldis_service=\"messages\"}", 1) == 0;
        });
        Assert.Equal(12, counted["aldis_server_messages_total{aldis_service=\"messages\"}"]);
        Assert.Equal(4, counted["aldis_server_connections_total"]);
        Assert.Equal(
            1, counted["aldis_server_refusals_total{aldis_service=\"messages\",aldis_kind=\"message-refused\",error_type=\"bad-frame\"}"]);
        Assert.Equal(0, counted["aldis_server_stores_failed"]);
        Assert.True(counted["aldis_server_network_io_bytes_total{aldis_service=\"messages\",network_io_direction=\"receive\"}"] > 64);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("GET", "/healthz", 200, "alive\n")]
    [InlineData("HEAD", "/healthz", 200, "")]
    [InlineData("GET", "/readyz", 200, "{\"status\":\"ready\",\"problems\":[]}")]
    [InlineData("GET", "/", 404, "/healthz, /readyz or /metrics.\n")]
    [InlineData("POST", "/metrics", 405, "GET or HEAD.\n")]
    public async Task Each_path_has_its_answer(string method, string path, int status, string body)
    {
        await using ConversationServer server = new();
        await using AdminServer admin = await AdminServer.StartAsync([new(IPAddress.Loopback, 0)], server, TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(admin.Address, path));
        using HttpResponseMessage answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((status, body), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_store_that_failed_and_a_listener_that_died_are_not_ready_and_say_why()
    {
        await using ConversationServer server = new();
        server.Health.StoreFailed("the journal has \"failed\".");
        server.Health.Failed(new BoundEndpoint("ack", "tcp", new IPEndPoint(IPAddress.Loopback, 1)), "gone");
        (bool isReady, ReadOnlyMemory<byte> json) = ServerReadiness.Of(server);
        Assert.False(isReady);
        Assert.Equal(
            """{"status":"not-ready","problems":[{"cause":"listener-failed","message":"ack at tcp://127.0.0.1:1: gone"},"""
                + """{"cause":"store-failed","message":"the journal has \u0022failed\u0022."}]}""",
            Encoding.UTF8.GetString(json.Span));
    }

    [Fact]
    public async Task Every_metric_of_the_alert_rules_and_of_the_document_exists()
    {
        await using ConversationServer server = new();
        using var text = new MetricsText(server.Meters.Meter);
        string[] there = [.. text.Read().Split('\n').Where(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(static line => line.Split(' ')[2])];
        string root = RoomTests.Root();
        string rules = await File.ReadAllTextAsync(Path.Combine(root, "deploy", "alerts.yml"), TestContext.Current.CancellationToken);
        string document = await File.ReadAllTextAsync(Path.Combine(root, "docs", "operations.md"), TestContext.Current.CancellationToken);
        Assert.Empty(MetricName().Matches(rules).Select(static match => match.Value.Replace("_bucket", string.Empty, StringComparison.Ordinal)).Except(there));
        Assert.Equal(there.Order(StringComparer.Ordinal), MetricName().Matches(document).Select(static match => match.Value).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("\\baldis_(server|store|arq)_[a-z_]+\\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricName();

    /// <summary>What a server says that was started with <c>--admin</c>.</summary>
    internal static async Task<string> ReadMetricsAsync(AldisProcess server) =>
        await Http.GetStringAsync(new Uri(await AdminOfAsync(server), "/metrics"), TestContext.Current.CancellationToken);

    private static async Task<Uri> AdminOfAsync(AldisProcess server)
    {
        const string Begin = "ADMIN ";
        await server.WaitForLineAsync(static line => line.StartsWith(Begin, StringComparison.Ordinal));
        return new Uri(server.ErrorLines.Single(static line => line.StartsWith(Begin, StringComparison.Ordinal))[Begin.Length..]);
    }

    private static Dictionary<string, double> Samples(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(static line => line[0] != '#').Select(static line => line.Split(' '))
        .ToDictionary(static parts => parts[0], static parts => double.Parse(parts[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Architecture;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Cli.Verbs.Serve.Admin;
using Aldis.Services.Echo;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Admin;

/// <summary>What a server measures reaches a collector and Prometheus as it is.</summary>
public sealed partial class TelemetryTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_collector_receives_exactly_what_a_load_did()
    {
        const int Clients = 4, Each = 25;
        await using OtlpStub collector = await OtlpStub.StartAsync();
        await using AldisProcess server = await AldisProcess.ServeShellAsync(
            $"export OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_METRIC_EXPORT_INTERVAL=100 "
                + "OTEL_BSP_SCHEDULE_DELAY=100; exec \"$A\" serve messages=127.0.0.1:0 echo=127.0.0.1:0 --quiet --dashboard off",
            count: 2);
        string messages = $"tcp://{server.EndPoints["messages/tcp"]}";
        for (int client = 0; client < Clients; client++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"pump-{client}");
            (await Run.AldisAsync(["send", messages, "--client", name, .. Enumerable.Repeat("text", Each)])).Ends(ExitCode.Confirmed);
        }

        using (LabClient bad = await server.ConnectAsync("messages"))
        {
            await bad.SendAsync(new string('x', 64));
            await bad.ReceiveToEndAsync();
        }

        using (LabClient echo = await server.ConnectAsync("echo"))
        {
            await echo.SendAsync("here");
            Assert.Equal("here", await echo.ReceiveTextAsync(4));
        }

        // The end sends what was not sent yet.
        await server.StopAsync();

        Assert.Equal(Clients * Each, collector["aldis.server.messages{aldis.service=messages}"]);
        Assert.Equal(Clients * Each, collector["aldis.store.messages{aldis.level=durable}"]);
        Assert.Equal(Clients + 2, collector["aldis.server.connections"]);
        Assert.Equal(0, collector["aldis.server.active_connections{aldis.service=messages}"]);
        Assert.Equal(4, collector["aldis.server.network.io{aldis.service=echo,network.io.direction=receive}"]);
        Assert.Equal(1, collector["aldis.server.refusals{aldis.kind=message-refused,aldis.service=messages,error.type=bad-frame}"]);
        Assert.Equal(1, collector["aldis.server.connections.ended{aldis.service=messages,error.type=bad-frame}"]);
        double commits = collector["aldis.store.commit.duration{aldis.level=durable}"];
        Assert.InRange(commits, Clients, Clients * Each);
        Assert.Equal(commits, collector["aldis.store.sync.duration{aldis.level=durable}"]);
        Assert.Equal(commits, collector.Spans("store commit"));
        Assert.Equal(Clients + 1, collector.Spans("messages connection"));
        Assert.Equal(1, collector.Spans("echo connection"));
    }

    [Fact]
    public async Task A_collector_that_is_no_address_is_told_and_one_that_is_not_there_ends_nothing()
    {
        (int code, _, string error) = await AldisProcess.ShellAsync(
            "export OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317; exec \"$A\" serve ack=127.0.0.1:0 --dashboard off");
        Assert.Equal(ExitCode.UsageOrLocalError, code);
        Assert.Contains(
            "OTEL_EXPORTER_OTLP_ENDPOINT takes the address of a collector such as http://127.0.0.1:4317, not 'collector:4317'.",
            error,
            StringComparison.Ordinal);

        await using AldisProcess server = await AldisProcess.ServeShellAsync(
            "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1; exec \"$A\" serve ack=127.0.0.1:0 --quiet --dashboard off");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "xml")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json")]
    public async Task A_protocol_that_is_not_spoken_is_told(string variable, string value)
    {
        (int code, _, string error) = await AldisProcess.ShellAsync(
            $"export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 {variable}={value}; exec \"$A\" serve ack=127.0.0.1:0 --dashboard off");
        Assert.Equal(ExitCode.UsageOrLocalError, code);
        Assert.Contains($"{variable} takes grpc or http/protobuf, not '{value}'.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_collector_that_is_not_there_is_told_whatever_the_protocol(string protocol)
    {
        int port;
        await using (OtlpStub collector = await OtlpStub.StartAsync())
        {
            port = new Uri(collector.Address).Port;
        }

        await using AldisProcess server = await AldisProcess.ServeShellAsync(
            $"export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{port} OTEL_EXPORTER_OTLP_PROTOCOL={protocol} OTEL_METRIC_EXPORT_INTERVAL=100 "
                + "OTEL_TRACES_EXPORTER=none; exec \"$A\" serve ack=127.0.0.1:0 --quiet --dashboard off");
        await server.WaitForLineAsync($"aldis: warning: the collector at http://127.0.0.1:{port} does not take the metrics: nobody answers there.");
        await server.StopAsync();
    }

    [Fact]
    public async Task Prometheus_finds_nothing_to_mend_in_the_metrics_and_the_rules()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "promtool is asked for on Linux.");
        string promtool = PeerProgram.Require("promtool");
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0", "--quiet", "--admin", "127.0.0.1:0");
        (await Run.AldisAsync("send", $"tcp://{server.EndPoints["messages/tcp"]}", "--client", "pump", "one")).Ends(ExitCode.Confirmed);
        string metrics = await AdminServerTests.ReadMetricsAsync(server);
        await server.StopAsync();

        Assert.Contains("aldis_store_commit_duration_seconds_bucket{aldis_level=\"durable\",le=\"+Inf\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Equal((0, string.Empty), await RunAsync(promtool, metrics, "check", "metrics"));
        (int code, string said) = await RunAsync(promtool, string.Empty, "check", "rules", Path.Combine(RoomTests.Root(), "deploy", "alerts.yml"));
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task Every_metric_of_the_Grafana_dashboard_exists()
    {
        await using ConversationServer server = new();
        using var text = new MetricsText(server.Meters.Meter);
        string[] there = [.. TypeLine().Matches(text.Read()).Select(static match => match.Groups["name"].Value)];
        string dashboard = await File.ReadAllTextAsync(Path.Combine(RoomTests.Root(), "deploy", "grafana.json"), Stop);

        using JsonDocument json = JsonDocument.Parse(dashboard);
        string[] asked = [.. MetricName().Matches(dashboard).Select(static match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal)];
        Assert.Empty(asked.Except(there));
        Assert.True(asked.Length >= 10, "The dashboard shows few of the metrics.");
        Assert.NotEmpty(json.RootElement.GetProperty("panels").EnumerateArray());
    }

    [Fact]
    public async Task A_span_is_made_for_each_connection_and_each_commit_while_somebody_listens()
    {
        var ended = new List<Activity>();
        using var directory = new TemporaryDirectory();
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = directory.Combine("journal") });
        await using ConversationServer server = new ConversationServer()
            .Listen("messages", "tcp://127.0.0.1:0", new MessagesHandler(store))
            .Listen("echo", "tcp://127.0.0.1:0", new EchoHandler());
        await server.StartAsync(Stop);
        using ActivityListener listener = ListenTo(ended);
        using (LabClient client = await LabClient.ConnectAsync(server.Endpoints[0].EndPoint))
        {
            await client.SendAsync(LabFrame.Of("text"));
            Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveFrameAsync());
            await client.SendAsync(new string('x', 64));
            await client.ReceiveToEndAsync();
        }

        await Wait.UntilAsync(() =>
        {
            lock (ended)
            {
                return ended.Exists(IsOfHere) && ended.Exists(static one => one.DisplayName == "store commit");
            }
        });
        Activity connection = ended.First(IsOfHere);
        Assert.Equal(
            (ActivityKind.Server, ActivityStatusCode.Error, "bad-frame"),
            (connection.Kind, connection.Status, connection.GetTagItem("error.type")));

        bool IsOfHere(Activity one) => one.DisplayName == "messages connection" && one.GetTagItem("error.type") is "bad-frame";
    }

    [Fact]
    public async Task A_request_that_carries_a_trace_context_is_a_span_of_that_trace_and_one_without_is_none()
    {
        var ended = new List<Activity>();
        await using ConversationServer server = new();
        await using AdminServer admin = await AdminServer.StartAsync([new(IPAddress.Loopback, 0)], server, Stop);
        using ActivityListener listener = ListenTo(ended);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(admin.Address, "/healthz"));
        request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        request.Headers.Add("tracestate", "vendor=1");
        using var malformed = new HttpRequestMessage(HttpMethod.Get, new Uri(admin.Address, "/readyz"));
        malformed.Headers.Add("traceparent", "00-4bf9-00f0-01");

        (await http.GetAsync(new Uri(admin.Address, "/metrics"), Stop)).Dispose();
        (await http.SendAsync(malformed, Stop)).Dispose();
        (await http.SendAsync(request, Stop)).Dispose();

        await Wait.UntilAsync(() =>
        {
            lock (ended)
            {
                return ended.Exists(static one => one.DisplayName == "http request");
            }
        });
        Activity span = Assert.Single(ended, static one => one.DisplayName == "http request");
        Assert.Equal(
            ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "vendor=1", ActivityKind.Server),
            (span.TraceId.ToHexString(), span.ParentSpanId.ToHexString(), span.TraceStateString, span.Kind));
        Assert.Equal(("GET", "/healthz", 200), (
            span.GetTagItem("http.request.method"), span.GetTagItem("url.path"), span.GetTagItem("http.response.status_code")));
    }

    private static ActivityListener ListenTo(List<Activity> ended)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ServerTraces.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (ended)
                {
                    ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, string input, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop);
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, (await output + error).Trim());
    }

    [GeneratedRegex("^# TYPE (?<name>\\S+) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TypeLine();

    [GeneratedRegex(
        "\\b(?<name>aldis_(server|store|arq)_[a-z_]+?)(_bucket|_count|_sum)?\\b", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex MetricName();
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Cli.Tests.Events;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Cli.Verbs.Link;
using Aldis.Protocols.Relay;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Link;

/// <summary>Scripts, profiles, logs and the API of <c>aldis link</c>, as somebody at a shell meets them.</summary>
public sealed class LinkScenarioTests : IDisposable
{
    private const string Everything =
        "--loss=20% --duplicate=20% --reorder=20% --corrupt=20% --truncate=10% --jitter=2ms --delay=1ms";

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", "link needs LISTEN TARGET.")]
    [InlineData("--api :0 localhost:9", "link needs LISTEN TARGET: ':0' is the ADDR of --api; put --api behind them.")]
    [InlineData(":0 :9 --api=0.0.0.0:0", "The API is for programs of this machine and cannot listen on 0.0.0.0:0: name an address of loopback")]
    [InlineData("--api udp://:8474", "--api takes an address of loopback such as 127.0.0.1:8474, not 'udp://:8474'.")]
    [InlineData("--api --script=at_1s_cut", "--script is for a link from LISTEN to TARGET; what proxies of the API do, their toxics say.")]
    [InlineData("--api --loss=5%", "faults are for a link from LISTEN to TARGET; what proxies of the API do, their toxics say.")]
    [InlineData(":0 :9 --api-any", "--api-any goes with --api.")]
    [InlineData(":0 :9 --api-token", "--api-token goes with --api.")]
    [InlineData("--api --api-token", "--api-token: the environment variable ALDIS_API_TOKEN holds no token: 1 to 256 visible ASCII characters.")]
    [InlineData("--api --api-token=nowhere", "--api-token: there is no file nowhere; write the token into it.")]
    [InlineData(":0 :9 --script=at_5s_los_30%;_at_8s_cut", "--script, line 1, column 7: there is no word 'los'; did you mean 'loss'?")]
    [InlineData(":0 :9 --script=nowhere", "--script: there is no file nowhere; a script begins with 'at 5s'.")]
    [InlineData(":0 :9 --profile=3h", "--profile: there is no profile '3h'. Known are 3g, edge, dsl,")]
    [InlineData(":0 :9 --profile=starlin", "--profile: there is no profile 'starlin'; did you mean 'starlink'?")]
    [InlineData(":0 :9 --profile=nowhere.json", "--profile: there is no file nowhere.json; a name has no '.json' at its end.")]
    [InlineData(":0 :9 --replay=nowhere", "--replay: there is no file nowhere; it is one that --log wrote.")]
    [InlineData(":0 :9 --log=one --replay=./one", "--log and --replay name one file: it would be gone before it is read.")]
    [InlineData(":0 :9 --log=/nowhere/log", "--log: /nowhere/log cannot be written:")]
    public async Task What_does_not_go_together_or_is_not_there_is_a_sentence(string words, string sentence)
    {
        string[] call = [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => word.Replace('_', ' '))];
        (await Run.AldisAsync(["link", .. call])).Ends(ExitCode.UsageOrLocalError, "aldis: " + sentence);
    }

    [Fact]
    public async Task A_file_of_a_script_a_profile_or_a_log_that_is_none_is_named_with_the_place()
    {
        string script = await FileAsync("script", "at 1s cut\nat 2s restore now");
        (await LinkAsync("--script", script)).Ends(ExitCode.UsageOrLocalError, $"aldis: {script}, line 2, column 7: restore is written restore, and has 'now'.");
        string profile = await FileAsync("my.json", """{"one":{"both":{"delay":"5"}},"two":{}}""");
        (await LinkAsync("--profile", profile)).Ends(ExitCode.UsageOrLocalError, $"aldis: {profile}, profile 'one', both: delay is written");
        string profiles = await FileAsync("our.json", """{"one":{},"two":{}}""");
        (await LinkAsync("--profile", profiles)).Ends(ExitCode.UsageOrLocalError, $"--profile: {profiles} has 2 profiles: name one, as in {profiles}:one.");
        (await LinkAsync("--profile", profiles + ":tow")).Ends(ExitCode.UsageOrLocalError, "--profile: there is no profile 'tow'; did you mean 'two'?");
        string log = await FileAsync("log", "{\"event\":\"begin\"}\n{\"event\":\"decision\"}\n");
        (await LinkAsync("--replay", log)).Ends(ExitCode.UsageOrLocalError, $"aldis: {log}, line 2: it has no direction.");
    }

    [Fact]
    public async Task The_profiles_are_listed_with_their_figures_and_sources()
    {
        string list = (await Run.AldisAsync("link", "--profiles")).Ends(ExitCode.Confirmed).Output;
        Assert.StartsWith("3g        to target: loss 1.5 %, delay 75.0 ms, rate 768 kbit/s\n          to client: ", list, StringComparison.Ordinal);
        Assert.Contains("\n          rates and 150 ms round trip: throttle (sitespeed.io), 3g; loss: comcast, 3G/HSDPA (good)\n", list, StringComparison.Ordinal);
        Assert.Equal(7, (await Run.AldisAsync("link", "--profiles", "--json")).Ends(ExitCode.Confirmed).Events.Count);
    }

    [Fact]
    public async Task A_script_changes_what_passes_and_says_so()
    {
        using var target = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using AldisProcess link = await AldisProcess.LinkAsync(
            "udp://127.0.0.1:0", $"{target.Client.LocalEndPoint}", "--loss", "100%", "--script", "at 0 clear; at 1ms profile lossy10; at 2ms to-client cut");
        await link.WaitForLineAsync(
            static line => line == "aldis: at 2ms to-client cut: to target loss 10 %, delay 10.0 ms; to client cut, loss 10 %, delay 10.0 ms");
        await link.StopAsync();
    }

    [Fact]
    public async Task Two_runs_with_one_seed_have_one_log_a_third_with_another_has_not_and_a_replay_has_the_first()
    {
        (string first, string heard) = await RunAsync("--seed 7 " + Everything, "one", 4);
        (string second, _) = await RunAsync("--seed 7 " + Everything, "two", 4);
        (string third, _) = await RunAsync("--seed 8 " + Everything, "three", 4);
        Assert.Equal(first, second);
        Assert.NotEqual(first.Split('\n')[1..], third.Split('\n')[1..]);

        // Other traffic, with other bytes and of another length, over a link without faults.
        (string replayed, string heardAgain) = await RunAsync($"--seed 9 --replay {_directory.Combine("one")}", "four", 400);
        Assert.Equal(
            Decisions(first).Select(static line => line.Replace("\"length\":4", "\"length\":400", StringComparison.Ordinal)), Decisions(replayed));
        Assert.Equal(heard, heardAgain);

        EventDocument document = EventDocument.Of("--log", EventDocument.Text("link.md"));
        Assert.Empty(document.Dangling());
        Assert.Empty(document.Misnamed());
        Assert.Empty(first.TrimEnd('\n').Split('\n').SelectMany(document.WrongWith));

        static string[] Decisions(string log) => log.Split('\n')[1..];
    }

    [Fact]
    public async Task The_api_answers_beside_a_link_asks_for_its_token_and_logs_the_proxy()
    {
        using var target = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        string token = await FileAsync("token", "opensesame\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            (await Run.AldisAsync("link", "--api", "127.0.0.1:0", "--api-token", token)).Ends(
                ExitCode.UsageOrLocalError, $"aldis: --api-token: others may read or write {token}: take that from them (chmod 600).");
            File.SetUnixFileMode(token, UnixFileMode.UserRead);
        }

        string log = _directory.Combine("log");
        await using AldisProcess link = await AldisProcess.LinkAsync("--api", "127.0.0.1:0", "--api-token", token, "--log", log, "--seed", "7");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{link.EndPoints["link-api/tcp"]}") };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("/proxies", UriKind.Relative), Stop)).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "opensesame");
        JsonElement proxy = await PostAsync(
            "/proxies", $$"""{"name":"dns","listen":"localhost:0","protocol":"udp","upstream":"{{target.Client.LocalEndPoint}}"}""");
        await PostAsync("/proxies/dns/toxics", """{"type":"packet_loss","stream":"upstream","attributes":{"loss_rate":1}}""");
        using var client = new UdpClient();
        await client.SendAsync(new byte[4], IPEndPoint.Parse(proxy.GetProperty("listen").GetString()!), Stop);
        await Wait.UntilAsync(async () => (await http.GetStringAsync(new Uri("/proxies", UriKind.Relative), Stop)).Length > 0 && await LinesAsync(log) == 2);
        await link.StopAsync();

        Assert.Equal(
            "{\"event\":\"begin\",\"version\":1,\"seed\":7}\n"
            + "{\"event\":\"decision\",\"proxy\":\"dns\",\"direction\":\"to-target\",\"client\":1,\"unit\":0,\"length\":4,\"fault\":\"random-loss\"}\n",
            await File.ReadAllTextAsync(log, Stop));
        Assert.Equal("aldis: to target  in 1 (4 B)  out 0 (0 B)  lost 1", link.ErrorLines[^2]);

        async Task<JsonElement> PostAsync(string path, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await http.PostAsync(new Uri(path, UriKind.Relative), content, Stop);
            Assert.True(response.IsSuccessStatusCode);
            return JsonElement.Parse(await response.Content.ReadAsStringAsync(Stop));
        }
    }

    [Fact]
    public async Task A_client_of_a_proxy_that_cannot_be_served_is_told_with_the_proxy()
    {
        await using AldisProcess link = await AldisProcess.LinkAsync("--api", "127.0.0.1:0", "--json");
        using var http = new HttpClient();
        using var content = new StringContent("""{"name":"far","upstream":"nowhere.invalid:80"}""");
        using HttpResponseMessage response = await http.PostAsync(new Uri($"http://{link.EndPoints["link-api/tcp"]}/proxies"), content, Stop);
        string listen = JsonElement.Parse(await response.Content.ReadAsStringAsync(Stop)).GetProperty("listen").GetString()!;
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(listen), Stop);
        await link.WaitForLineAsync(
            static line => line.StartsWith("aldis: proxy far, client 1: nowhere.invalid:80 cannot be reached: ", StringComparison.Ordinal));
        await link.StopAsync();
        Assert.Empty(link.OutputLines.SelectMany(EventDocument.Of("link").WrongWith));
        Assert.Contains(link.OutputLines, static line => line.Contains("\"proxy\":\"far\"", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_second_counted_is_an_event_as_documented()
    {
        using var output = new MemoryStream();
        var counters = new LinkCounters { Received = 1 };
        LinkReport.Counted(new LinkSnapshot("way", TimeSpan.Zero, 1, 1, counters, counters), new JsonEvents(output, clock: TimeProvider.System));
        Assert.Empty(EventDocument.Of("link").WrongWith(Encoding.UTF8.GetString(output.ToArray())));
    }

    /// <summary>Sends 200 datagrams through a link and answers with the log, and with how many came, and came whole.</summary>
    private async Task<(string Log, string Heard)> RunAsync(string options, string name, int length)
    {
        const int Datagrams = 200;
        string log = _directory.Combine(name);
        using var target = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using AldisProcess link = await AldisProcess.LinkAsync(
            ["udp://127.0.0.1:0", $"{target.Client.LocalEndPoint}", "--log", log, "--json", .. options.Split(' ')]);
        var heard = new ConcurrentQueue<int>();
        Task hearing = HearAsync();
        using var client = new UdpClient();
        client.Connect(link.EndPoints["link/udp"]);
        for (int number = 0; number < Datagrams; number++)
        {
            byte[] datagram = new byte[length];
            datagram[0] = (byte)number;
            await client.SendAsync(datagram, Stop);
        }

        await Wait.UntilAsync(async () => await LinesAsync(log) == Datagrams + 1);
        string text = await File.ReadAllTextAsync(log, Stop);
        int copies = text.Split('\n').Where(static line => !line.Contains("\"fault\"", StringComparison.Ordinal))
            .Sum(static line => !line.Contains("\"unit\"", StringComparison.Ordinal) ? 0
                : line.Contains("\"second_delay_ns\"", StringComparison.Ordinal) ? 2 : 1);
        await Wait.UntilAsync(() => heard.Count == copies);
        await link.StopAsync();
        target.Dispose();
        await hearing.InTime();
        return (text, $"{copies}, whole {heard.Count(one => one == length)}");

        async Task HearAsync()
        {
            try
            {
                while (true)
                {
                    heard.Enqueue((await target.ReceiveAsync(Stop)).Buffer.Length);
                }
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                // The test has heard enough.
            }
        }
    }

    private static Task<Run> LinkAsync(params string[] options) => Run.AldisAsync(["link", ":0", ":9", .. options]);

    private static async Task<int> LinesAsync(string path) =>
        File.Exists(path) ? (await File.ReadAllTextAsync(path, Stop)).Count(static character => character == '\n') : 0;

    private async Task<string> FileAsync(string name, string content)
    {
        string path = _directory.Combine(name);
        await File.WriteAllTextAsync(path, content, Stop);
        return path;
    }
}

using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Cli.Verbs;
using Aldis.Journal.Embedded;
using Aldis.Postgres;
using Aldis.Postgres.Tests.Database;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Events;

/// <summary>docs/events.md stays true: what the verbs print is what its tables say, and they say nothing that is not printed.</summary>
public sealed partial class EventDocumentTests(PostgresInstance instance) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string> Verbs => new(
        AldisCommand.Build(new VerbContext(Quiet(), CancellationToken.None, CancellationToken.None)).Subcommands
            .Where(static verb => verb.Options.Any(static option => option.Name == VerbContext.JsonName)).Select(static verb => verb.Name));

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_field_of_an_event_is_described_and_every_description_is_of_a_field(string verb) =>
        Assert.Empty(EventDocument.Of(verb).Dangling());

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Fields_have_underscores_and_events_and_words_have_hyphens(string verb) => Assert.Empty(EventDocument.Of(verb).Misnamed());

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_event_has_its_time_but_in_the_laboratory(string verb) =>
        Assert.Equal(verb == "lab" ? EventDocument.Of(verb).Events : [], EventDocument.Of(verb).Untimed());

    [Fact]
    public void The_causes_are_all_there_and_no_others() => Assert.Equal(
        Enum.GetValues<ServiceEventCause>().Where(static cause => cause != ServiceEventCause.None)
            .Select(KebabName.Of).Order(StringComparer.Ordinal),
        EventDocument.Of("serve").Causes.Order(StringComparer.Ordinal));

    [Fact]
    public async Task What_serve_prints_is_as_documented()
    {
        EventDocument document = EventDocument.Of("serve");
        (string tls, _) = TestCertificate.Create(_directory);
        string configuration = _directory.Combine("aldis.json");
        await File.WriteAllTextAsync(configuration, "{ \"Logging\": { \"ShowPayload\": true } }", TestContext.Current.CancellationToken);
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "--json", "--config", configuration, "--quiet", "ack=127.0.0.1:0", "exchange=127.0.0.1:0", "files=127.0.0.1:0", "messages=127.0.0.1:0",
            "ack=tls://127.0.0.1:0?" + tls, "--forget-clients", "365d", "--dashboard", "127.0.0.1:0", "--admin", "127.0.0.1:0");
        string messages = $"tcp://{server.EndPoints["messages/tcp"]}";
        (await Run.AldisAsync("send", messages, "--client", "pump-7", "one", "two")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("send", "--plain", messages, "three")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("talk", $"tcp://{server.EndPoints["exchange/tcp"]}")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("say\n", ["talk", $"tcp://{server.EndPoints["exchange/tcp"]}"])).Ends(ExitCode.Confirmed);
        string file = _directory.Combine("file");
        await File.WriteAllTextAsync(file, "content", TestContext.Current.CancellationToken);
        (await Run.AldisAsync("copy", "--plain", file, $"tcp://{server.EndPoints["files/tcp"]}")).Ends(ExitCode.PartlyConfirmed);
        await BreakOffAsync(server, "messages/tcp", "not a header of 64 bytes, and so it is refused by whoever reads that");
        await BreakOffAsync(server, "ack/tls", "no handshake");
        await server.StopAsync();

        JsonElement[] printed = Check(document, server.OutputLines);
        Assert.Contains(printed, static item => Name(item) == "warning"
            && item.GetProperty("message").GetString()!.StartsWith("--forget-clients forgets only", StringComparison.Ordinal));
        JsonElement[] numbered = [.. printed.Where(static item => item.TryGetProperty("number", out _))];
        Assert.Equal(Enumerable.Range(1, numbered.Length), numbered.Select(static item => item.GetProperty("number").GetInt32()));
        Assert.Equal(
            [("pump-7", 1), ("pump-7", 2)],
            printed.Where(static item => Name(item) == "message-received" && item.TryGetProperty("seq", out _))
                .Select(static item => (item.GetProperty("client").GetString()!, item.GetProperty("seq").GetInt32())));
        Assert.Equal("bad-frame", Cause(printed, "message-refused"));
        Assert.StartsWith("handshake-", Cause(printed, "connection-refused"), StringComparison.Ordinal);

        // What no client can bring about is written by the same code.
        await CheckRareAsync(document);
        Assert.Equal(["error"], document.Events.Except(_seen));
        Check(document, (await Run.AldisAsync("serve", "mail", "--json")).Output);
        Assert.Empty(document.Events.Except(_seen));
    }

    [Fact]
    public async Task What_send_prints_is_as_documented()
    {
        EventDocument document = EventDocument.Of("send");
        await using AldisProcess server = await AldisProcess.ServeAsync("--quiet", "messages=127.0.0.1:0");
        string address = $"tcp://{server.EndPoints["messages/tcp"]}";
        string large = new('x', 2 * 1024 * 1024);
        Run native = await Run.AldisAsync("send", "--json", address, "--client", "pump-7", "one", "two");
        Check(document, native.Ends(ExitCode.Confirmed).Output);
        Run inLockStep = await Run.AldisAsync("send", "--plain", "--json", address, "one");
        JsonElement[] plain = Check(document, inLockStep.Ends(ExitCode.Confirmed).Output);
        Assert.Equal(1, plain[0].GetProperty("first").GetInt32());
        Check(document, (await Run.AldisAsync(large, ["send", "--json", address])).Ends(ExitCode.Refused).Output);
        Check(document, (await Run.AldisAsync("send", "--json", address, "--skip-taken", "one")).Ends(ExitCode.UsageOrLocalError).Output);
        await server.StopAsync();
        Check(document, (await Run.AldisAsync("send", "--json", "--retry", "1ms", address, "one")).Output);

        // What no server in order does is done by one that says what it is told to.
        await using Peer forgetful = Forgetful();
        Run rare = await Run.AldisAsync("send", "--json", "--client", "pump-7", forgetful.Address, "one", "two", "three", "four");
        Check(document, rare.Ends(ExitCode.PartlyConfirmed).Output);
        Assert.Equal(["outbox-full"], document.Events.Except(_seen));
    }

    [Fact]
    public async Task What_talk_and_echo_print_is_as_documented()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "--quiet", "exchange=127.0.0.1:0", "echo=127.0.0.1:0", "echo=udp://127.0.0.1:0");
        EventDocument talk = EventDocument.Of("talk");
        string exchange = $"tcp://{server.EndPoints["exchange/tcp"]}";
        Check(talk, (await Run.AldisAsync("say\n", ["talk", "--json", exchange])).Ends(ExitCode.Confirmed).Output);
        Check(talk, (await Run.AldisAsync("talk", "--json", "nowhere://")).Ends(ExitCode.UsageOrLocalError).Output);
        Assert.Empty(talk.Events.Except(_seen));

        EventDocument echo = EventDocument.Of("echo");
        _seen.Clear();
        foreach (string protocol in new[] { "tcp", "udp" })
        {
            string address = $"{protocol}://{server.EndPoints["echo/" + protocol]}";
            Check(echo, (await Run.AldisAsync("echo", "--json", "-c", "3", address)).Ends(ExitCode.Confirmed).Output);
        }

        Check(echo, (await Run.AldisAsync("echo", "--json", exchange, "text", "--size", "5")).Ends(ExitCode.UsageOrLocalError).Output);
        Assert.Empty(echo.Events.Except(_seen));

    }

    [Fact]
    public async Task What_copy_prints_is_as_documented()
    {
        EventDocument copy = EventDocument.Of("copy");
        Directory.CreateDirectory(_directory.Combine("tree"));
        await using AldisProcess server = await AldisProcess.ServeAsync("--quiet", "files=127.0.0.1:0", "--share", _directory.Path);
        string file = _directory.Combine("file");
        await File.WriteAllTextAsync(file, "content", TestContext.Current.CancellationToken);
        string files = $"tcp://{server.EndPoints["files/tcp"]}";
        Check(copy, (await Run.AldisAsync("copy", "--plain", "--json", file, files)).Ends(ExitCode.PartlyConfirmed).Output);
        Check(copy, (await Run.AldisAsync("copy", "--plain", "--json", file + "-nowhere", files)).Ends(ExitCode.UsageOrLocalError).Output);
        Check(copy, (await Run.AldisAsync("copy", "--json", file, files)).Ends(ExitCode.Confirmed).Output);
        await File.WriteAllTextAsync(file, "another", TestContext.Current.CancellationToken);
        Check(copy, (await Run.AldisAsync("copy", "--json", file, files)).Ends(ExitCode.Refused).Output);
        Check(copy, (await Run.AldisAsync("copy", "--json", "--rename", file, files)).Ends(ExitCode.Confirmed).Output);
        File.CreateSymbolicLink(_directory.Combine("tree/dangling"), "nothing");
        Check(copy, (await Run.AldisAsync("copy", "--json", _directory.Combine("tree"), files)).Ends(ExitCode.UsageOrLocalError).Output);
        Check(copy, (await Run.AldisAsync("copy", "--json", "--links", "skip", _directory.Combine("tree"), files)).Ends(ExitCode.Confirmed).Output);
        Check(copy, (await Run.AldisAsync("copy", "--json", "--list", files)).Ends(ExitCode.Confirmed).Output);
        Check(copy, (await Run.AldisAsync("copy", "--json", files + "/file", _directory.Combine("here"))).Ends(ExitCode.Confirmed).Output);
        Check(copy, (await Run.AldisAsync("copy", "--json", "--retry", "50ms", file, Peer.Nowhere())).Ends(ExitCode.NetworkError).Output);

        // Broken off, and gone on with; then broken off again, and another file by then.
        string large = _directory.Combine("large");
        await File.WriteAllBytesAsync(large, new byte[4 << 20], TestContext.Current.CancellationToken);
        await BreakOffAsync(copy, large, files);
        Check(copy, (await Run.AldisAsync("copy", "--json", large, files)).Ends(ExitCode.Confirmed).Output);
        await File.WriteAllBytesAsync(large + "-2", new byte[4 << 20], TestContext.Current.CancellationToken);
        await BreakOffAsync(copy, large + "-2", files);
        await File.AppendAllTextAsync(large + "-2", "more", TestContext.Current.CancellationToken);
        Check(copy, (await Run.AldisAsync("copy", "--json", large + "-2", files)).Ends(ExitCode.Confirmed).Output);
        Assert.Empty(copy.Events.Except(_seen));
    }

    private async Task BreakOffAsync(EventDocument document, string file, string address)
    {
        await using AldisProcess copy = AldisProcess.Start(readsError: true, "copy", "--json", "--bwlimit", "2M", file, address);
        await copy.WaitForOutputAsync(static line => JsonDocument.Parse(line).RootElement.TryGetProperty("bytes", out JsonElement bytes)
            && bytes.GetInt64() > 2 << 20);
        await copy.SignalAsync("INT");
        Assert.Equal(ExitCode.Interrupted, await copy.WaitForExitAsync());
        Check(document, string.Join('\n', copy.OutputLines));
    }

    [Fact]
    public async Task What_log_prints_is_as_documented()
    {
        EventDocument document = EventDocument.Of("log");
        using var log = new LogFixture();
        using (MessageJournal journal = log.Open())
        {
            await LogFixture.StoreAsync(journal, "pump-7", "one"u8.ToArray(), [0xff], "three"u8.ToArray());
            await LogFixture.StoreAsync(journal, string.Empty, "four"u8.ToArray());
        }

        JsonElement[] printed = Check(document, (await log.RunAsync("--json")).Output);
        Assert.Equal(["one", "/w==", "three", "four"], printed.Select(static item =>
            (item.TryGetProperty("text", out JsonElement text) ? text : item.GetProperty("base64")).GetString()));
        Check(document, (await log.RunAsync("--json", "--verify")).Output);
        Check(document, (await log.RunAsync("--json", "--clients")).Output);
        Check(document, (await log.RunAsync("--json", "--count")).Output);

        string segment = log.Segments()[0];
        byte[] content = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        content[content.AsSpan().IndexOf("one"u8)] ^= 1;
        await File.WriteAllBytesAsync(segment, content, TestContext.Current.CancellationToken);
        (int exitCode, string output, _) = await log.RunAsync("--json");
        Assert.Equal(ExitCode.IntegrityMismatch, exitCode);
        Assert.Equal("error", Name(Check(document, output)[^1]));
        Check(document, (await log.RunAsync("--json", "--verify")).Output);
        Assert.Equal(["forgotten"], document.Events.Except(_seen));
    }

    [Fact]
    public async Task What_log_prints_of_a_client_it_forgets_is_as_documented()
    {
        EventDocument document = EventDocument.Of("log");
        using var log = new LogFixture();
        byte[] header = SegmentHeader.Write(SegmentHeader.First, 7, 1, 1, 0, 16, Remembered("pump-7", 3));
        Directory.CreateDirectory(log.JournalDirectory);
        await File.WriteAllBytesAsync(
            Path.Combine(log.JournalDirectory, "0000000001.segment"), header, TestContext.Current.CancellationToken);

        JsonElement[] printed = Check(document, (await log.RunAsync("--json", "--forget", "pump-7")).Output);

        Assert.Equal("forgotten", Name(Assert.Single(printed)));
        Assert.Equal(3, printed[0].GetProperty("last").GetInt64());

        static ClientTable Remembered(string client, long last)
        {
            var clients = new ClientTable();
            clients.GetOrAdd(client).RecoverMark(last, [], segment: 0);
            return clients;
        }
    }

    [Fact]
    public async Task What_lab_prints_is_as_documented()
    {
        EventDocument document = EventDocument.Of("lab");
        foreach (string options in new[]
        {
            "--frames 200", "--strategy go-back-n --window 8 --frames 200 --corrupt 20% --duplicate --reorder",
            "--strategy selective-repeat --window 64 --frames 3000 --loss 40% --corrupt 10% --duplicate --reorder",
            "--timeout 80ms --loss 0 --ack-size 20", "--sweep delay=1..2ms --frames 20", "--sweep loss=0..1% --frames 20", "--best --frames 20",
        })
        {
            JsonElement[] printed = Check(document, (await LabAsync(options)).Ends(ExitCode.Confirmed).Output);
            Assert.Contains(Name(printed[^1]), new[] { "summary", "point", "best" });
        }

        Check(document, (await LabAsync("--loss 99.9% --frames 2")).Ends(ExitCode.Timeout).Output);
        const string Trace = "strategy stop-and-wait\n0 send 0\n1 send 0";
        Run grade = await Run.AldisAsync(Trace, ["lab", "--json", "--grade", "-"]);
        Check(document, grade.Ends(ExitCode.ExpectationFailed).Output);
        Check(document, (await LabAsync("--exercise efficiency --answer")).Ends(ExitCode.Confirmed).Output);
        Run answers = await Run.AldisAsync("1 3.5", ["lab", "--json", "--exercise", "efficiency", "--grade", "-"]);
        Check(document, answers.Ends(ExitCode.ExpectationFailed).Output);
        Check(document, (await LabAsync("--sequence-bits 0 --frames 9 --loss 30%")).Ends(ExitCode.IntegrityMismatch).Output);
        Assert.Empty(document.Events.Except(_seen).Except(["control", "ended", "listen", "probe", "program"]));
    }

    [Fact]
    public async Task What_link_prints_is_as_documented()
    {
        EventDocument document = EventDocument.Of("link");
        await using AldisProcess server = await AldisProcess.ServeAsync("--quiet", "echo=127.0.0.1:0");
        await using AldisProcess link = await AldisProcess.LinkAsync("tcp://any:0", $"tcp://{server.EndPoints["echo/tcp"]}", "--json", "--seed", "7", "--script", "at 0 delay 1ms");
        int port = link.EndPoints["link/tcp"].Port;
        (await Run.AldisAsync("echo", $"tcp://127.0.0.1:{port}", "hello")).Ends(ExitCode.Confirmed);
        await server.StopAsync();
        Assert.NotEqual(0, (await Run.AldisAsync("echo", $"tcp://127.0.0.1:{port}", "hello")).ExitCode);
        await link.StopAsync();

        JsonElement[] printed = Check(document, link.OutputLines);
        JsonElement summary = printed[^1];
        Assert.Equal((2, 5), (summary.GetProperty("clients").GetInt32(), summary.GetProperty("to_target").GetProperty("sent_bytes").GetInt32()));
        Check(document, (await Run.AldisAsync("link", ":0", "127.0.0.1:0", "--json")).Ends(ExitCode.UsageOrLocalError).Output);
        Check(document, (await Run.AldisAsync("link", "--profiles", "--json")).Ends(ExitCode.Confirmed).Output);
        Assert.Empty(document.Events.Except(_seen).Except(["counted"]));
    }

    [Theory]
    [InlineData("--loss 99.9% --frames 2", ExitCode.Timeout, "Given up")]
    [InlineData("--strategy none", ExitCode.UsageOrLocalError, "--strategy takes stop-and-wait")]
    [InlineData("--mermaid", ExitCode.UsageOrLocalError, "exclude each other")]
    [InlineData("--sweep loss=0..1% --best", ExitCode.UsageOrLocalError, "exclude each other")]
    public async Task A_lab_that_fails_ends_with_an_error_object(string options, int exitCode, string sentence)
    {
        Run run = (await LabAsync(options)).Ends(exitCode, sentence);
        JsonElement error = run.Events[^1];
        Assert.Equal(("error", exitCode), (Name(error), error.GetProperty("code").GetInt32()));
        Assert.Contains(sentence, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`length` `name` |", "`length` |", "file-received with name")]
    [InlineData("| `further` | integer |", "| `further` | string |", "file-received with further of another type")]
    [InlineData("| `name` | string |", "| `name` | word |", "file-received with name of another type")]
    [InlineData("`length` `name` |", "`length` `name` `further?` |", "")]
    public void What_is_not_as_documented_is_found_out(string right, string wrong, string finding)
    {
        const string Line = """
            {"event":"file-received","time":"2026-05-01T06:00:00.1234567Z","number":1,"service":"files","peer":"a","connection":1,"length":5,"name":"A.txt","further":1}
            """;
        string text = EventDocument.Text();
        Assert.Contains(right, text, StringComparison.Ordinal);
        IEnumerable<string> found = EventDocument.Of("serve", text.Replace(right, wrong, StringComparison.Ordinal)).WrongWith(Line);
        if (finding.Length == 0)
        {
            Assert.Empty(found);
        }
        else
        {
            Assert.Contains(found, one => one.StartsWith(finding, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""[{"client":"pump-7","first":1,"last":2}]""", true)]
    [InlineData("""[{"client":"pump-7","from":1,"last":2}]""", false)]
    [InlineData("[1]", false)]
    [InlineData("{}", false)]
    public void What_is_within_a_field_is_held_to_its_type_too(string lost, bool isRight)
    {
        string line = $$"""{"event":"verify","lost":{{lost}}}""";
        Assert.Equal(isRight, !EventDocument.Of("log").WrongWith(line).Any(static one => one.StartsWith("verify with lost of", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("takenOver")]
    [InlineData("taken-over")]
    public void A_field_of_another_style_is_found_out(string name) => Assert.Equal(
        [name], EventDocument.Of("serve", EventDocument.Text().Replace("`taken_over`", $"`{name}`", StringComparison.Ordinal)).Misnamed());

    private static CommandConsole Quiet() => new() { Input = Stream.Null, Output = Stream.Null, Error = TextWriter.Null };

    private static Task<Run> LabAsync(string options) => Run.AldisAsync(["lab", "--json", .. options.Split(' ')]);

    /// <summary>
    /// A server that is busy, answers a duplicate and ends; comes back without the second of two messages that it had acknowledged; ends
    /// again, and comes back without any.
    /// </summary>
    private static Peer Forgetful()
    {
        int connection = 0;
        bool wasBusy = false;
        return Peer.That(async (socket, stop) =>
        {
            connection++;
            await Peer.ReadAsync(socket, 64, stop);
            int last = connection == 2 ? 1 : 0;
            await SayAsync($"ALDIS/1 last={last} durable 1048576 256");
            while (await ReadNumberAsync() is { } number)
            {
                if (number != last + 1)
                {
                    // It went out before the refusal came.
                    continue;
                }

                if (!wasBusy)
                {
                    wasBusy = true;
                    await SayAsync("NAK 1 busy retry=1");
                    continue;
                }

                last++;
                await SayAsync($"ACK {last} durable{(connection == 1 && last == 1 ? " duplicate" : string.Empty)}");
                if (connection < 3 && last == 2)
                {
                    // Reads the rest first: an end with something unread would be a reset, and take the answer with it.
                    for (int rest = connection; rest < 3; rest++)
                    {
                        await ReadNumberAsync();
                    }

                    return;
                }
            }

            await SayAsync("BYE");

            async Task<int?> ReadNumberAsync()
            {
                string[] fields = (await Peer.ReadAsync(socket, 64, stop)).TrimEnd().Split(' ');
                if (fields is ["BYE"])
                {
                    return null;
                }

                await Peer.ReadAsync(socket, int.Parse(fields[0], CultureInfo.InvariantCulture), stop);
                return int.Parse(fields[1], CultureInfo.InvariantCulture);
            }

            async Task SayAsync(string unit) => await socket.SendAsync(Encoding.ASCII.GetBytes(unit.PadRight(64)), stop);
        });
    }

    private static async Task BreakOffAsync(AldisProcess server, string place, string text)
    {
        using LabClient client = await LabClient.ConnectAsync(server.EndPoints[place]);
        await client.SendAsync(text);
        client.FinishWriting();
        await client.WaitForEndAsync();
    }

    private static string Name(JsonElement item) => item.GetProperty("event").GetString()!;

    private static string Cause(JsonElement[] printed, string name) =>
        printed.Single(item => Name(item) == name).GetProperty("cause").GetString()!;

    private JsonElement[] Check(EventDocument document, string output) =>
        Check(document, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private JsonElement[] Check(EventDocument document, IReadOnlyList<string> lines)
    {
        Assert.NotEmpty(lines);
        Assert.Empty(lines.SelectMany(document.WrongWith).Take(5));
        JsonElement[] printed = [.. lines.Select(static line => JsonDocument.Parse(line).RootElement)];
        _seen.UnionWith(printed.Select(Name));
        return printed;
    }

    /// <summary>Events that no client can bring about here, and some that are dropped because nobody reads.</summary>
    private async Task CheckRareAsync(EventDocument document)
    {
        var unread = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 0));
        var output = new MemoryStream();
        var hub = new EventHub();
        await using (Stream pipe = unread.Writer.AsStream())
        await using (var printer = new EventPrinter(hub, null, new JsonEvents(pipe, clock: TimeProvider.System), showPayload: false))
        {
            using (var display = new RecoveryDisplay(Quiet(), new JsonEvents(output, clock: TimeProvider.System)))
            {
                display.Show(new RecoveryProgress(1, 2, 3, 4, TimeSpan.FromSeconds(2)));
                display.Finish(new RecoveryReport
                {
                    Segments = 1,
                    Messages = 2,
                    Clients = 1,
                    LastCommit = 1,
                    TornBytes = 0,
                    Repaired = [],
                    Lost = [],
                });
            }

            hub.Publish(RetentionEvents.Of(new SegmentDeletion(3, 4096, TimeSpan.Zero, RetentionReason.Size)));
            hub.Publish(RetentionEvents.Of(TimeSpan.FromDays(1)));
            hub.Publish(RetentionEvents.Of(new ClientForgotten("pump-7", 3, TimeSpan.FromDays(400))));
            Publish(ServiceEventKind.Fault, ServiceEventCause.TransportFault, string.Empty, string.Empty);
            Publish(ServiceEventKind.ListenerFailed, ServiceEventCause.TransportFault, "ack", string.Empty);
            Publish(ServiceEventKind.ListenerReopened, ServiceEventCause.TransportFault, "ack", string.Empty);
            Publish(ServiceEventKind.ListenerLost, ServiceEventCause.TransportFault, "ack", string.Empty);
            hub.Publish(new ServiceEvent(ServiceEventKind.Reloaded, string.Empty, string.Empty) { Detail = "the TLS of cert.pem was read again" });
            hub.Publish(new ServiceEvent(ServiceEventKind.TokenChanged, string.Empty, "127.0.0.1") { Detail = "the token 'pump-7' was taken back" });
            Publish(ServiceEventKind.ReloadRefused, ServiceEventCause.ReloadFailed, string.Empty, string.Empty);
            Publish(ServiceEventKind.CertificateExpires, ServiceEventCause.CertificateExpires, string.Empty, string.Empty);
            hub.Publish(StoreEvents.Of(new StoreNews(IsReady: true, "messages are written to db1:5432")));
            hub.Publish(StoreEvents.Of(new StoreNews(IsReady: false, "db1:5432: connection refused")));
            Publish(ServiceEventKind.DatagramRefused, ServiceEventCause.SourcePort, "echo", "127.0.0.1:7");
            Publish(ServiceEventKind.FileRefused, ServiceEventCause.Incomplete, "files", "127.0.0.1:7", connection: 1);
            for (int count = 0; count < 2 * EventHub.DefaultCapacity; count++)
            {
                Publish(ServiceEventKind.ConnectionRefused, ServiceEventCause.AddressLimit, "files", "127.0.0.1:7");
            }

            Task reading = unread.Reader.CopyToAsync(output, TestContext.Current.CancellationToken);
            while (!await printer.FinishAsync())
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }

            await unread.Writer.CompleteAsync();
            await reading.InTime();
        }

        JsonElement[] printed = Check(document, Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal(hub.LastNumber + 2, printed.Sum(static item => Name(item) == "dropped" ? item.GetProperty("count").GetInt64() : 1));

        void Publish(ServiceEventKind kind, ServiceEventCause cause, string service, string peer, long connection = 0) =>
            hub.Publish(new ServiceEvent(kind, service, peer) { Connection = connection, Cause = cause, Detail = "reason", Further = 1 });
    }
}

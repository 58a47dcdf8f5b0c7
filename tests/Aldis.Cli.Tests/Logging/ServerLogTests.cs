using System.Text.Json;
using Aldis.Cli.Logging;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Services.Events;
using Aldis.Tests;
using Microsoft.Extensions.Logging;

namespace Aldis.Cli.Tests.Logging;

/// <summary>What a log of a server has, and what it never has.</summary>
public sealed class ServerLogTests : IDisposable
{
    private const string Hostile = "a\u001b[31mred\n{\"event\":\"forged\"}\u202Eb\u0085c";

    private readonly StringWriter _output = new() { NewLine = "\n" };

    public void Dispose() => _output.Dispose();

    [Fact]
    public void An_event_has_its_documented_names_a_level_and_a_category_and_no_payload()
    {
        ServerLog log = Log(LogFormat.Json, "debug");
        log.Append(Message("a secret"), _output);
        Assert.Equal(
            """{"event":"message-received","level":"debug","category":"Aldis.messages","time":"1970-01-01T00:00:00.0000000Z","number":7"""
                + ""","service":"messages","peer":"192.0.2.1:5","connection":3,"client":"pump-7","seq":4,"length":8}""" + "\n",
            _output.ToString());
    }

    [Fact]
    public void Text_has_the_same_names_behind_time_level_category_and_event()
    {
        ServerLog log = Log(LogFormat.Text);
        log.Append(Message("x") with { Kind = ServiceEventKind.MessageRefused, Cause = ServiceEventCause.TooLarge, Detail = "it's too \"long\"\n" }, _output);
        Assert.Equal(
            "1970-01-01T00:00:00.0000000Z warning Aldis.messages message-refused number=7 service=messages peer=192.0.2.1:5 connection=3 client=pump-7 "
                + "seq=4 length=1 cause=too-large reason=\"it's too \\\"long\\\"\\u000A\"\n",
            _output.ToString());
    }

    [Theory]
    [InlineData(LogFormat.Json)]
    [InlineData(LogFormat.Text)]
    internal void Words_from_the_network_are_one_line_of_printable_ASCII(LogFormat format)
    {
        ServerLog log = Log(format);
        log.Append(Message("x") with { Kind = ServiceEventKind.FileReceived, Detail = Hostile, Peer = Hostile, Client = Hostile }, _output);
        log.Write(LogLevel.Information, "Aldis.x", Hostile);
        string[] lines = _output.ToString().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.All(lines, static line => Assert.DoesNotContain(line, static letter => letter is < ' ' or > '~'));
        Assert.DoesNotContain("\"event\":\"forged\"", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_keeps_a_log_says_everything_in_records_and_nothing_of_payloads_or_tokens()
    {
        using var directory = new TemporaryDirectory();
        string[] made = (await Run.AldisAsync("token", "new", "pump", "--ids", "pump-*")).Output.Split('\n');
        await File.WriteAllTextAsync(directory.Combine("tokens"), made[1], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(directory.Combine("token"), made[0], TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory.Combine("token"), UnixFileMode.UserRead);
        }

        await using AldisProcess server = AldisProcess.Start(
            readsError: true,
            ["serve", "--dashboard", "off", "--log-format", "json", "--log-level", "trace", "--tokens", directory.Combine("tokens"), "messages=127.0.0.1:0"]);
        await server.WaitForLineAsync(static line => line.Contains("\"message\":\"LISTEN ", StringComparison.Ordinal));
        string address = "127.0.0.1:" + Records(server).Select(static record => Text(record, "message")).First(static text =>
            text.StartsWith("LISTEN ", StringComparison.Ordinal)).Split("port=")[1];
        const string Payload = "nobody-is-to-read-this";
        (await Run.AldisAsync("send", address, Payload, "--client", "pump-7", "--token-file", directory.Combine("token"))).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("send", address, Payload, "--client", "valve", "--token-file", directory.Combine("token"))).Ends(ExitCode.AuthenticationFailed);
        await server.WaitForLineAsync(static line => line.Contains("\"cause\":\"token-scope\"", StringComparison.Ordinal));
        await server.StopAsync();

        JsonElement[] records = Records(server);
        Assert.Contains(records, static record => Text(record, "event") == "message-received" && Text(record, "level") == "debug");
        Assert.Contains(records, static record => Text(record, "event") == "message-refused" && Text(record, "level") == "warning");
        Assert.All(records, static record => Assert.All(
            ["event", "level", "category", "time"], name => Assert.NotEqual(string.Empty, Text(record, name))));
        Assert.DoesNotContain(server.ErrorLines, line => line.Contains(Payload, StringComparison.Ordinal) || line.Contains(made[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Why_a_server_could_not_start_is_a_record_too()
    {
        await using AldisProcess first = await AldisProcess.ServeAsync("--dashboard", "off", "ack=127.0.0.1:0");
        Run run = (await Run.AldisAsync("serve", "--dashboard", "off", "--log-format", "json", $"ack={first.EndPoints["ack/tcp"]}")).Ends(ExitCode.NetworkError);
        JsonElement record = JsonDocument.Parse(run.Error).RootElement;
        Assert.Equal(("log", "error"), (Text(record, "event"), Text(record, "level")));
        Assert.Contains("another program has it", Text(record, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Levels_go_with_a_log() =>
        (await Run.AldisAsync("serve", "ack=127.0.0.1:0", "--log-level", "debug")).Ends(ExitCode.UsageOrLocalError, "--log-level goes with --log-format");

    private static JsonElement[] Records(AldisProcess server) =>
        [.. server.ErrorLines.Select(static line => JsonDocument.Parse(line).RootElement)];

    private static string Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.ToString() : string.Empty;

    private static ServiceEvent Message(string payload) => new(ServiceEventKind.MessageReceived, "messages", "192.0.2.1:5")
    {
        Number = 7,
        Time = DateTimeOffset.UnixEpoch,
        Connection = 3,
        Client = "pump-7",
        Sequence = 4,
        Length = payload.Length,
        Payload = System.Text.Encoding.UTF8.GetBytes(payload),
    };

    private ServerLog Log(LogFormat format, params string[] rules) =>
        new(format, LogLevels.Parse(rules), _output, new VirtualTime(DateTimeOffset.UnixEpoch));
}

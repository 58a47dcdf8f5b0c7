using System.Text;
using System.Text.Json;
using Aldis.Cli.Verbs;
using Aldis.Journal.Embedded;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

public sealed class LogVerbTests : IDisposable
{
    private readonly LogFixture _log = new();
    private readonly SignallingStream _followed = new();
    private readonly CancellationTokenSource _interruption = new();

    public void Dispose()
    {
        _interruption.Dispose();
        _followed.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task A_line_is_time_client_number_peer_and_escaped_text()
    {
        await _log.StoreAsync("pump-7", "21.5 °C", "bell\a and \u001b[31mred\nnext");
        await _log.StoreAsync("", "plain");
        (int exitCode, string output, string error) = await _log.RunAsync("--utc");
        Assert.Equal(0, exitCode);
        Assert.Empty(error);
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z pump-7 1 127\.0\.0\.1:4242 21\.5 °C$", lines[0]);
        Assert.EndsWith(@" pump-7 2 127.0.0.1:4242 bell\u{7} and \u{1b}[31mred\nnext", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("Z - - 127.0.0.1:4242 plain", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_has_the_event_first_and_plain_messages_have_no_client_and_number_0()
    {
        await _log.StoreAsync("pump-7", "one");
        await _log.StoreAsync("", "two");
        (int exitCode, string output, _) = await _log.RunAsync("--json");
        Assert.Equal(0, exitCode);
        Assert.All(output.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("""{"event":"message",""", line, StringComparison.Ordinal));
        JsonElement[] objects = LogFixture.Objects(output);
        Assert.Equal([1L, 0L], objects.Select(item => item.GetProperty("seq").GetInt64()));
        Assert.Equal(["pump-7", ""], objects.Select(item => item.GetProperty("client").GetString()));
        Assert.All(objects, item => Assert.Equal("127.0.0.1:4242", item.GetProperty("from").GetString()));
        Assert.All(objects, item => Assert.True(DateTimeOffset.UtcNow >= item.GetProperty("time").GetDateTimeOffset()));
    }

    [Fact]
    public async Task Every_payload_comes_back_from_an_object_byte_for_byte()
    {
        var random = new Random(7);
        byte[][] payloads =
        [
            [], "\0\u0001\u001f\u007f\"\\/\b\f\n\r\t"u8.ToArray(), "é ✓ 😀 \u2028 \u202e \ufeff <&>'"u8.ToArray(), [0xff], [0x21, 0xc3],
            [0xed, 0xa0, 0x80], .. Enumerable.Range(0, 200).Select(_ => RandomBytes(random)),
        ];
        using (MessageJournal journal = _log.Open())
        {
            await LogFixture.StoreAsync(journal, "c", payloads);
        }

        (_, string output, _) = await _log.RunAsync("--json");
        byte[][] read = [.. LogFixture.Objects(output).Select(item => item.TryGetProperty("text", out JsonElement text)
            ? Encoding.UTF8.GetBytes(text.GetString()!)
            : item.GetProperty("base64").GetBytesFromBase64())];
        Assert.Equal(payloads, read);
        Assert.Equal(3, LogFixture.Objects(output)[..6].Count(item => item.TryGetProperty("base64", out _)));
    }

    [Theory]
    [InlineData("a", new[] { "a1", "a2" })]
    [InlineData("", new[] { "p" })]
    [InlineData("absent", new string[0])]
    public async Task A_client_is_selected_by_its_id(string client, string[] expected)
    {
        await _log.StoreAsync("a", "a1", "a2");
        await _log.StoreAsync("b", "b1");
        await _log.StoreAsync("", "p");
        (int exitCode, string output, _) = await _log.RunAsync("--json", "--client", client);
        Assert.Equal(0, exitCode);
        Assert.Equal(expected, LogFixture.Objects(output).Select(item => item.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Since_a_time_includes_that_time_and_leaves_out_what_was_before()
    {
        await _log.StoreAsync("a", "early", "late");
        (_, string all, _) = await _log.RunAsync("--json");
        string time = LogFixture.Objects(all)[1].GetProperty("time").GetString()!;
        (_, string output, _) = await _log.RunAsync("--json", "--since", time);
        Assert.Equal("late", LogFixture.Objects(output)[^1].GetProperty("text").GetString());
        Assert.DoesNotContain(LogFixture.Objects(output), item => item.GetProperty("time").GetDateTimeOffset() < DateTimeOffset.Parse(time));
        (_, string recent, _) = await _log.RunAsync("--json", "--since", "1h");
        Assert.Equal(2, LogFixture.Objects(recent).Length);
        (_, string none, _) = await _log.RunAsync("--since", "2999-01-01T00:00:00+02:00");
        Assert.Empty(none);
    }

    [Theory]
    [InlineData("2026-05-01T06:00:00Z", "2026-05-01T06:00:00Z")]
    [InlineData("2026-05-01T06:00:00.25+02:00", "2026-05-01T04:00:00.25Z")]
    [InlineData("90s", "2026-11-21T09:58:30Z")]
    [InlineData("2h", "2026-11-21T08:00:00Z")]
    public void Since_takes_rfc_3339_or_how_long_ago(string text, string expected)
    {
        var clock = new VirtualTime(new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero));
        Assert.True(TypedOption.TryParseMoment(text, clock, out DateTimeOffset moment));
        Assert.Equal(DateTimeOffset.Parse(expected), moment);
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("2026-05-01T06:00:00")]
    [InlineData("-2h")]
    [InlineData("")]
    public async Task A_since_that_is_no_time_is_a_usage_error(string since)
    {
        await _log.StoreAsync("a", "x");
        (int exitCode, string output, string error) = await _log.RunAsync("--since", since);
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains("--since takes a time such as", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_journal_is_one_sentence_says_so_and_the_exit_code_is_2()
    {
        (int exitCode, string output, string error) = await _log.RunAsync("--follow");
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Equal($"aldis: there is no journal in {_log.JournalDirectory}: --data names the directory that 'aldis serve' was given.\n", error);
        Assert.False(Directory.Exists(_log.JournalDirectory));
    }

    [Fact]
    public async Task Following_prints_what_is_stored_while_a_server_has_the_journal_and_ends_when_interrupted()
    {
        using MessageJournal journal = _log.Open();
        await LogFixture.StoreAsync(journal, "a", "first"u8.ToArray());
        Task<int> running = _log.RunAsync(_followed, TextWriter.Null, _interruption.Token, "--follow", "--json");
        await _followed.WaitForLinesAsync(1, TestContext.Current.CancellationToken);
        await LogFixture.StoreAsync(journal, "a", "second"u8.ToArray());
        await _followed.WaitForLinesAsync(2, TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        await _interruption.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await running);
    }

    [Fact]
    public async Task When_nobody_reads_any_more_it_ends_without_a_word()
    {
        await _log.StoreAsync("a", "x");
        await using var error = new StringWriter();
        await using var closed = new ClosedPipe();
        Assert.Equal(ExitCode.OutputClosed, await _log.RunAsync(closed, error, CancellationToken.None));
        Assert.Empty(error.ToString());
    }

    [Fact]
    public async Task Help_begins_with_examples()
    {
        (int exitCode, string output, _) = await _log.RunAsync("--help");
        Assert.Equal(0, exitCode);
        Assert.StartsWith("Examples:\n  aldis log ", output, StringComparison.Ordinal);
    }

    private static byte[] RandomBytes(Random random)
    {
        byte[] bytes = new byte[random.Next(0, 40)];
        random.NextBytes(bytes);
        return bytes;
    }
}

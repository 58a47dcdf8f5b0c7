using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis serve</c> at a terminal, and what its pipes still get.</summary>
public sealed partial class ServeTerminalTests
{
    [Fact]
    public async Task At_a_terminal_one_line_says_what_is_served_and_then_there_is_who_came_and_left()
    {
        string[] lines = await ServeAsync(isTerminal: true);
        Assert.Matches(@"^Serving echo \d+ \(tcp\) on 127\.0\.0\.1\. Ctrl-C stops\.$", lines[0]);
        Assert.Matches(@"^\d\d:\d\d:\d\d echo     127\.0\.0\.1:\d+ +connected, 1 open$", lines[1]);
        Assert.Matches(@"^\d\d:\d\d:\d\d echo     127\.0\.0\.1:\d+ +closed, 0 open$", lines[2]);
        Assert.Equal("aldis: stopped; 1 connections served, 0 refused.", lines[3]);
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public async Task With_quiet_a_terminal_has_that_line_alone()
    {
        string[] lines = await ServeAsync(isTerminal: true, "--quiet");
        Assert.StartsWith("Serving echo", lines[0], StringComparison.Ordinal);
        Assert.Equal(["aldis: stopped; 1 connections served, 0 refused."], lines[1..]);
    }

    [Fact]
    public async Task With_verbose_a_terminal_has_the_readiness_lines_and_exact_times_too()
    {
        string[] lines = await ServeAsync(isTerminal: true, "--verbose");
        Assert.StartsWith("LISTEN service=echo proto=tcp addr=127.0.0.1 port=", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Serving echo", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d echo     127\.0\.0\.1:\d+ +connected, 1 open$", lines[2]);
    }

    [Fact]
    public async Task A_pipe_has_the_readiness_line_and_no_other_for_an_echo()
    {
        string[] lines = await ServeAsync(isTerminal: false);
        Assert.Matches(@"^LISTEN service=echo proto=tcp addr=127\.0\.0\.1 port=\d+$", lines[0]);
        Assert.Equal(["aldis: stopped; 1 connections served, 0 refused."], lines[1..]);
    }

    [Fact]
    public async Task With_verbose_a_pipe_has_every_event_behind_the_readiness_line()
    {
        string[] lines = await ServeAsync(isTerminal: false, "--verbose");
        Assert.StartsWith("LISTEN service=echo", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("connected, 1 open", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("closed, 0 open", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_and_verbose_exclude_each_other() =>
        (await Run.AldisAsync("serve", "echo=127.0.0.1:0", "--quiet", "--verbose")).Ends(ExitCode.UsageOrLocalError, "exclude each other");

    private static async Task<string[]> ServeAsync(bool isTerminal, params string[] options)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var error = new ReadyStream();
        Task<Run> serving = Run.AldisAsync(Stream.Null, ["serve", "echo=127.0.0.1:0", .. options], end.Token, isTerminal, error: error);
        int port = await error.Port.InTime();
        using (LabClient client = await LabClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)))
        {
            client.FinishWriting();
            await client.WaitForEndAsync();
        }

        await end.CancelAsync();
        (await serving.InTime()).Ends(ExitCode.Confirmed);
        return error.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Standard error of a server, which says its port.</summary>
    private sealed partial class ReadyStream : MemoryStream
    {
        private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly StringBuilder _text = new();

        public Task<int> Port => _port.Task;

        public string Text => _text.ToString();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _text.Append(Encoding.UTF8.GetString(buffer));
            if (Served().Match(Text) is { Success: true } served)
            {
                _port.TrySetResult(int.Parse(served.Groups["port"].Value, CultureInfo.InvariantCulture));
            }
        }

        [GeneratedRegex(@"(port=|echo )(?<port>\d+)[^\n]*\n", RegexOptions.ExplicitCapture, 1000)]
        private static partial Regex Served();
    }
}

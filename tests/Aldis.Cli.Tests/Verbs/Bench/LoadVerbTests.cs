using System.Text.Json;
using Aldis.Cli.Verbs.Bench;
using Aldis.Lab.Bench;
using Aldis.Protocols.Load;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Load;

namespace Aldis.Cli.Tests.Verbs.Bench;

/// <summary><c>aldis bench ADDRESS</c>: whatever the server does there is a report, and it says so.</summary>
public sealed class LoadVerbTests : IDisposable
{
    private static readonly string[] NotWarm = ["--warm-up", "0s"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("--connections 3")]
    [InlineData("--connections 3 --rate 2000")]
    [InlineData("--connections 3 --window 4 --size 5000")]
    [InlineData("--connections 3 --ramp 50ms")]
    [InlineData("--connections 3 --warm-up 200ms")]
    [InlineData("--connections 3 --warm-up 200ms --rate 2000")]
    public async Task An_echo_is_measured(string options)
    {
        await using Peer echo = Peer.ThatEchoes();
        Run run = (await BenchAsync(echo.Address, "--duration 300ms " + options)).Ends(ExitCode.Confirmed);
        JsonElement summary = Summary(run);
        Assert.Equal(summary.GetProperty("sent").GetInt64(), summary.GetProperty("answered").GetInt64());
        Assert.True(summary.GetProperty("answered").GetInt64() > 0);
        Assert.Equal(3, summary.GetProperty("connections_open").GetInt32());
        Assert.Equal(3, summary.GetProperty("connect_ns").GetProperty("count").GetInt32());
        Assert.Equal(options.Contains("--rate", StringComparison.Ordinal) ? "open" : "closed", summary.GetProperty("loop").GetString());
    }

    [Fact]
    public async Task A_person_reads_lines_on_standard_output()
    {
        await using Peer echo = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("bench", echo.Address, "--duration", "100ms")).Ends(ExitCode.Confirmed);
        Assert.StartsWith($"tcp://{echo.Address}, echo, 32 bytes: 1 connection, closed loop, ", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nround trip   p50 ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_transports_are_driven_alike()
    {
        await using Peer echo = Peer.ThatEchoes();
        var options = new LoadOptions
        {
            Address = EndpointAddress.Parse("tcp://" + echo.Address),
            Form = LoadForms.Echo(100),
            Connections = 3,
            Rate = 1_000,
            Duration = TimeSpan.FromMilliseconds(200),
            IsPortable = true,
        };
        LoadOutcome outcome = await new LoadRun(options).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal((200, 0, 0), (outcome.Tally.Sent + outcome.Tally.Unsent, outcome.Tally.Sent - outcome.Tally.Answered, outcome.Tally.Failures));
        Assert.True(outcome.Tally.Answered > 0);
        Assert.Equal(3, outcome.OpenConnections);
    }

    [Fact]
    public async Task A_server_that_is_not_there_has_a_report_that_says_so()
    {
        string address = Peer.Nowhere();
        Run run = (await BenchAsync(address, "--duration 100ms")).Ends(ExitCode.NetworkError, "nothing listens there");
        Assert.Equal("connect-refused", Summary(run).GetProperty("errors")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_server_that_answers_garbage_has_a_report_that_says_so()
    {
        await using Peer web = Peer.ThatSpeaksHttp();
        Run run = (await BenchAsync(web.Address, "--duration 100ms")).Ends(ExitCode.IntegrityMismatch, "'HTTP/1.1 400 Bad Request");
        Assert.Equal("garbage", Summary(run).GetProperty("errors")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_server_that_stops_answering_in_the_middle_has_a_report_that_says_so()
    {
        await using Peer tired = Peer.That(async (socket, stop) =>
        {
            byte[] buffer = new byte[1_024];
            for (int i = 0; i < 20; i++)
            {
                await socket.SendAsync(buffer.AsMemory(0, await socket.ReceiveAsync(buffer, stop)), stop);
            }

            await Task.Delay(Timeout.Infinite, stop);
        });
        Run run = (await BenchAsync(tired.Address, "--duration 1s --timeout 400ms")).Ends(ExitCode.PartlyConfirmed);
        JsonElement summary = Summary(run);
        JsonElement error = Assert.Single(summary.GetProperty("errors").EnumerateArray());
        Assert.Equal("timeout", error.GetProperty("kind").GetString());
        Assert.True(summary.GetProperty("answered").GetInt64() >= 20);
        Assert.Contains(summary.GetProperty("notes").EnumerateArray(), static note => note.GetString()!.StartsWith("requests that were never", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_goes_away_is_reported_and_tried_again()
    {
        await using Peer shy = Peer.That(static async (socket, stop) =>
        {
            byte[] buffer = new byte[1_024];
            await socket.SendAsync(buffer.AsMemory(0, await socket.ReceiveAsync(buffer, stop)), stop);
        });
        Run run = (await BenchAsync(shy.Address, "--duration 500ms")).Ends(ExitCode.PartlyConfirmed);
        Assert.True(Summary(run).GetProperty("answered").GetInt64() >= 2, run.Output);
    }

    [Fact]
    public async Task What_was_expected_and_is_not_so_ends_with_8()
    {
        await using Peer echo = Peer.ThatEchoes();
        Run slow = (await BenchAsync(echo.Address, "--duration 1s --max-p99 1us")).Ends(ExitCode.ExpectationFailed, "--max-p99 0.001 ms: not met");
        Assert.False(Summary(slow).GetProperty("expectations")[0].GetProperty("is_met").GetBoolean());
        (await BenchAsync(echo.Address, "--duration 1s --min-rate 1000000000")).Ends(ExitCode.ExpectationFailed, "--min-rate 1,000,000,000/s: not met");
        (await BenchAsync(echo.Address, "--duration 1s --max-p99 60s --min-rate 1")).Ends(ExitCode.Confirmed);
    }

    [Fact]
    public async Task An_interruption_leaves_a_report_of_what_was_measured()
    {
        await using Peer echo = Peer.ThatEchoes();
        using var interruption = new CancellationTokenSource();
        var output = new SignallingStream();
        Task<Run> running = Run.AldisAsync(
            Stream.Null, ["bench", echo.Address, "--duration", "1h", "--json"], interruption.Token, output: output);
        await output.WaitForLinesAsync(1, TestContext.Current.CancellationToken);
        await interruption.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, (await running).ExitCode);
        await output.WaitForLinesAsync(2, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_clock_that_is_set_changes_nothing_that_is_measured_and_is_told()
    {
        await using Peer echo = Peer.ThatEchoes();
        var options = new LoadOptions
        {
            Address = EndpointAddress.Parse("tcp://" + echo.Address),
            Form = LoadForms.Echo(16),
            Duration = TimeSpan.FromMilliseconds(100),
            WallClock = new JumpingClock(TimeSpan.FromHours(-1)),
        };
        LoadOutcome outcome = await new LoadRun(options).RunAsync(TestContext.Current.CancellationToken);
        LoadReport report = LoadReporting.Of(new LoadSettings(options, 16, null, null, null), outcome);
        Assert.InRange(report.Seconds, 0.1, 60);
        Assert.Contains(report.Notes, static note => note.StartsWith("the clock of the machine was set back by 1:00:00", StringComparison.Ordinal)
            || note.StartsWith("the clock of the machine was set back by 59:", StringComparison.Ordinal));
    }

    /// <summary>Four requests a millisecond, four under way, each answered after a millisecond: nobody waited for anything else.</summary>
    [Fact]
    public void A_window_that_is_never_held_up_has_nothing_to_correct()
    {
        const int Window = 4;
        const long Millisecond = 1_000_000;
        var tally = new LoadTally { MeasureFromNanoseconds = 0 };
        var lane = new LoadLane(tally, null, 0, Window);
        for (long now = 0; now < 1_000 * Millisecond; now += Millisecond)
        {
            Assert.Equal([true, true, true, true], Enumerable.Range(0, Window).Select(_ => lane.TrySend(now)));
            lane.TryAnswer(Window, now + Millisecond);
        }

        var options = new LoadOptions { Address = EndpointAddress.Parse("tcp://127.0.0.1:1"), Form = LoadForms.Echo(16), Window = Window };
        var outcome = new LoadOutcome(
            tally, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), 1, TimeSpan.Zero, IsInterrupted: false);
        LoadReport report = LoadReporting.Of(new LoadSettings(options, 16, null, null, null), outcome);
        Assert.Equal(Millisecond / Window, report.ExpectedIntervalNs);
        Assert.Equal(report.RttNs, report.RttCorrectedNs);
    }

    [Fact]
    public async Task Two_reports_stand_side_by_side()
    {
        await using Peer echo = Peer.ThatEchoes();
        string first = _directory.Combine("a.json");
        string second = _directory.Combine("b.json");
        await File.WriteAllTextAsync(first, (await BenchAsync(echo.Address, "--duration 100ms")).Output, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            second, (await BenchAsync(echo.Address, "--duration 100ms --connections 2")).Output, TestContext.Current.CancellationToken);
        Run people = (await Run.AldisAsync("bench", "--compare", first, second)).Ends(ExitCode.Confirmed);
        Assert.Matches(@"(?m)^connections +1 +2 +2\.00$", people.Output);
        Assert.Matches(@"(?m)^rtt_corrected_ns\.p99 +[\d.]+ ms +[\d.]+ ms +[\d.]+$", people.Output);
        Run programs = (await Run.AldisAsync("bench", "--compare", first, second, "--json")).Ends(ExitCode.Confirmed);
        Assert.Contains(programs.Events, static one => one.GetProperty("figure").GetString() == "rate" && one.TryGetProperty("ratio", out _));
    }

    [Fact]
    public async Task A_file_that_holds_no_report_is_no_report()
    {
        string file = _directory.Combine("f");
        await File.WriteAllTextAsync(file, "{\"event\":\"summary\",\"kind\":1}\n", TestContext.Current.CancellationToken);
        (await Run.AldisAsync("bench", "--compare", file, file)).Ends(ExitCode.UsageOrLocalError, "it holds no report of aldis bench");
        await File.WriteAllTextAsync(file, "{\"event\":\"summary\"", TestContext.Current.CancellationToken);
        (await Run.AldisAsync("bench", "--compare", file, file)).Ends(ExitCode.UsageOrLocalError, "its last summary is no JSON");
        await File.WriteAllTextAsync(file, "hello\n", TestContext.Current.CancellationToken);
        (await Run.AldisAsync("bench", "--compare", file, file)).Ends(ExitCode.UsageOrLocalError, "holds no report of aldis bench");
    }

    private static Task<Run> BenchAsync(string address, string options) =>
        Run.AldisAsync(
            ["bench", address, "--json", .. options.Split(' '), .. options.Contains("--warm-up", StringComparison.Ordinal) ? [] : NotWarm]);

    /// <summary>The report, which is as the schema says.</summary>
    private static JsonElement Summary(Run run)
    {
        JsonElement summary = run.Events[^1];
        Assert.Equal([], BenchSchema.Read().WhyNot(summary));
        return summary;
    }

    /// <summary>Is set once, when it was read for the first time.</summary>
    private sealed class JumpingClock(TimeSpan jump) : TimeProvider
    {
        private bool _wasRead;

        public override DateTimeOffset GetUtcNow()
        {
            DateTimeOffset now = System.GetUtcNow() + (_wasRead ? jump : TimeSpan.Zero);
            _wasRead = true;
            return now;
        }
    }
}

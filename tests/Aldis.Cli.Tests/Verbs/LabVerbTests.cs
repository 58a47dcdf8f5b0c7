using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;
using Aldis.Cli.Verbs.Lab;
using Aldis.Lab.Experiments;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis lab</c> as a command: what it prints, refuses and answers.</summary>
public sealed class LabVerbTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--strategy go-back-n --corrupt --duplicate")]
    [InlineData("--strategy selective-repeat --reorder --explain")]
    [InlineData("--frames 3000 --json")]
    public async Task The_same_options_print_the_same_bytes(string options)
    {
        Run first = await LabAsync(options);
        Assert.Equal(first.Output, (await LabAsync(options)).Output);
        Assert.NotEqual(first.Output, (await LabAsync(options + " --seed 8")).Output);
    }

    [Fact]
    public async Task Events_are_objects_and_the_last_is_the_summary()
    {
        Run run = (await LabAsync("--strategy go-back-n --frames 50 --json")).Ends(ExitCode.Confirmed);
        JsonElement[] events = [.. run.Events];
        JsonElement summary = events[^1];
        Assert.Equal("summary", summary.GetProperty("event").GetString());
        JsonElement[] departures = [.. events.Where(static e => Name(e) == "frame" && e.GetProperty("step").GetString() == "departure")];
        Assert.Equal(50, departures.Count(static e => e.GetProperty("transmission").GetInt32() == 1));
        Assert.Equal(summary.GetProperty("transmissions").GetInt64(), departures.Length);
        Assert.Equal(
            summary.GetProperty("frames_lost").GetInt64(),
            events.Count(static e => Name(e) == "frame" && e.GetProperty("step").GetString() == "loss"));
        foreach (JsonElement repetition in departures.Where(static e => e.GetProperty("transmission").GetInt32() > 1))
        {
            JsonElement replaced = departures.First(
                e => e.GetProperty("packet").GetInt64() == repetition.GetProperty("replaces").GetInt64());
            Assert.Equal(replaced.GetProperty("frame").GetInt64(), repetition.GetProperty("frame").GetInt64());
            Assert.Contains(repetition.GetProperty("cause").GetString(), new[] { "timeout", "go-back-rewind" });
        }

        foreach (string property in new[] { "efficiency", "theory", "ratio" })
        {
            Assert.Contains($"\"{property}\":", run.Output, StringComparison.Ordinal);
        }

        double ratio = summary.GetProperty("efficiency").GetDouble() / summary.GetProperty("theory").GetDouble();
        Assert.Equal(ratio, summary.GetProperty("ratio").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task Sixty_thousand_frames_of_stop_and_wait_meet_the_closed_form_within_a_hundredth()
    {
        Run run = (await LabAsync("--frames 60000 --loss 22% --json")).Ends(ExitCode.Confirmed);
        using JsonDocument summary = JsonDocument.Parse(run.Output.TrimEnd('\n').Split('\n')[^1]);
        Assert.InRange(summary.RootElement.GetProperty("ratio").GetDouble(), 0.99, 1.01);
    }

    [Fact]
    public async Task A_hundred_thousand_frames_fit_a_few_screens_unless_all_is_asked_for()
    {
        Run folded = (await LabAsync("--frames 100000")).Ends(ExitCode.Confirmed);
        Assert.InRange(folded.Output.Count(c => c == '\n'), 50, 250);
        Run all = (await LabAsync("--frames 2000 --all")).Ends(ExitCode.Confirmed);
        Assert.InRange(all.Output.Count(c => c == '\n'), 4000, 10_000);
    }

    [Fact]
    public async Task Quiet_prints_the_table_alone()
    {
        Run run = (await LabAsync("--quiet")).Ends(ExitCode.Confirmed);
        Assert.Contains("efficiency, measured", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("▶", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--window 2", "Stop-and-wait has one frame under way")]
    [InlineData("--strategy go-back-n --window 0", "--window takes a whole number N, 1 or more, not '0'.")]
    [InlineData("--strategy abp", "--strategy takes stop-and-wait, go-back-n or selective-repeat, not 'abp'.")]
    [InlineData("--frames 0", "--frames takes a whole number N, 1 or more")]
    [InlineData("--distance 3000", "--distance takes a distance such as 3000km, not '3000'.")]
    [InlineData("--distance -1km", "--distance takes a distance")]
    [InlineData("--distance 1e9km", "--distance takes a distance")]
    [InlineData("--distance 1000000000km", "more than an hour")]
    [InlineData("--distance 1km --delay 5ms", "--distance and --delay exclude each other")]
    [InlineData("--speed 3km/s", "--speed goes with --distance")]
    [InlineData("--header 70000", "--header is 70000 bytes, and must be 0 to 65535.")]
    [InlineData("--ack-size 70000", "--ack-size is 70000 bytes")]
    [InlineData("--processing 2h", "--processing is 2:00:00, and must be an hour at most.")]
    [InlineData("--kill data:0", "--kill takes numbers from 1 on such as data:1,ack:2, not 'data:0'.")]
    [InlineData("--kill frame:1", "--kill takes numbers")]
    [InlineData("--kill data:1,", "--kill takes numbers")]
    [InlineData("--kill data:1 --sweep loss=0..1%", "--kill is for one run, and --sweep makes many.")]
    [InlineData("--kill data:1 --best", "--kill is for one run, and --best makes many.")]
    [InlineData("--sequence-bits 33", "--sequence-bits takes a whole number of at most 32")]
    [InlineData("--sequence-bits x", "--sequence-bits takes a whole number M")]
    [InlineData("--sequence-bits 2 --best", "--sequence-bits is for one run, and --best makes many.")]
    [InlineData("--timer restart", "--timer restart is for --strategy go-back-n")]
    [InlineData("--strategy selective-repeat --timer restart", "--timer restart is for --strategy go-back-n")]
    [InlineData("--strategy go-back-n --timer new", "--timer takes oldest or restart, not 'new'.")]
    [InlineData("--timer restart --sweep loss=0..1%", "--timer is for a run of go-back-n, and --sweep compares all strategies.")]
    [InlineData("--acks individual", "--acks is for --strategy selective-repeat: in the other strategies an ACK says what comes next.")]
    [InlineData("--strategy selective-repeat --acks each", "--acks takes selective, individual or cumulative, not 'each'.")]
    [InlineData("--acks cumulative --best", "--acks is for a run of selective-repeat, and --best compares all strategies.")]
    [InlineData("--frames 10000001", "must be 1 to 10000000")]
    [InlineData("--frame-size 65480", "must be 1 to 65479")]
    [InlineData("--rate 10", "--rate takes a rate such as 10Mbit")]
    [InlineData("--rate 1bit", "--rate is 1 bit/s")]
    [InlineData("--loss 10", "--loss takes a percentage such as 10%, not '10'.")]
    [InlineData("--ack-loss 101%", "--ack-loss takes a percentage")]
    [InlineData("--corrupt x", "--corrupt takes a percentage")]
    [InlineData("--delay fast", "--delay takes a duration")]
    [InlineData("--delay 2h", "--delay is")]
    [InlineData("--timeout 0", "--timeout takes auto or a time")]
    [InlineData("--input /nowhere/at-all", "'/nowhere/at-all' cannot be read")]
    public async Task What_cannot_be_run_is_refused_with_a_sentence(string options, string sentence) =>
        (await LabAsync(options)).Ends(ExitCode.UsageOrLocalError, sentence);

    [Fact]
    public async Task Nothing_acknowledged_for_too_long_ends_with_a_timeout() =>
        (await LabAsync("--ack-loss 100% --frames 3")).Ends(ExitCode.Timeout, "0 of 3,072 bytes were acknowledged");

    [Fact]
    public async Task A_file_is_cut_into_frames_and_arrives_unchanged()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] content = new byte[100_001];
            new Random(1).NextBytes(content);
            await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
            Run run = (await Run.AldisAsync("lab", "--input", path, "--corrupt", "20%", "--duplicate", "--reorder"))
                .Ends(ExitCode.Confirmed);
            Assert.Contains("98 frames of 1,024 bytes", run.Output, StringComparison.Ordinal);
            Assert.Contains("what arrived is what was sent: 100,001 bytes", run.Output, StringComparison.Ordinal);
            (await Run.AldisAsync("lab", "--input", path, "--sequence-bits", "1")).Ends(
                ExitCode.UsageOrLocalError, "--sequence-bits is for full frames, and the last of 100001 bytes is not: choose a --frame-size");
            (await Run.AldisAsync("lab", "--input", path, "--frames", "3"))
                .Ends(ExitCode.UsageOrLocalError, "--frames and --input exclude each other");
            await File.WriteAllBytesAsync(path, [], TestContext.Current.CancellationToken);
            (await Run.AldisAsync("lab", "--input", path)).Ends(ExitCode.UsageOrLocalError, "is empty");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task What_arrives_changed_ends_with_an_integrity_mismatch()
    {
        byte[] sent = new byte[5000];
        byte[] expected = new byte[5000];
        expected[4321] = 1;
        using var file = new FilePayload(new MemoryStream(sent), new MemoryStream(expected), sent.Length);
        await using var error = new StringWriter();
        var console = new CommandConsole { Input = Stream.Null, Output = Stream.Null, Error = error };
        var context = new VerbContext(console, CancellationToken.None, CancellationToken.None);
        var settings = new LabSettings { Frames = 5, TotalBytes = 5000 };
        Assert.Equal(ExitCode.IntegrityMismatch, LabSession.Run(context, settings, new LabShow(false, false, false, false), file, null));
        Assert.Contains("from byte 4321 on", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "go-back-n --window 4 --sequence-bits 2 --kill data:1",
        "ACK 0 was taken for ACK 4, for both carry 0 in 2 bits. --sequence-bits 3 or --window 3 tells them apart.")]
    [InlineData(
        "selective-repeat --window 3 --sequence-bits 2 --kill ack:1,ack:2,ack:3",
        "frame 0 was taken for frame 4, for both carry 0 in 2 bits. --sequence-bits 3 or --window 2 tells them apart.")]
    [InlineData(
        "stop-and-wait --sequence-bits 0 --kill ack:1",
        "frame 0 was taken for frame 1, for both carry 0 in 0 bits. --sequence-bits 1 tells them apart.")]
    [InlineData(
        "stop-and-wait --sequence-bits 1 --frames 5 --loss 10% --ack-loss 0 --reorder 50% --timeout 98ms --seed 53",
        "They are enough for the window on a link that keeps the order; this one lets copies be overtaken.")]
    public async Task Numbers_that_do_not_suffice_end_with_an_integrity_mismatch_and_a_way_out(string options, string sentence) =>
        (await LabAsync("--strategy " + options)).Ends(ExitCode.IntegrityMismatch, sentence);

    [Theory]
    [InlineData("", " frame 0 (0) #5 ═▶│  taken for frame 4")]
    [InlineData("--quiet", "too few: window 4 is more than 2^2 −")]
    [InlineData("--explain", "which has the same number, and nobody")]
    [InlineData("--mermaid", "frame 4 (0): taken (in truth frame 0 (0) #35;5)")]
    [InlineData("--json", "\"number\":0,\"offset\":0,\"length\":1024,\"transmission\":2")]
    [InlineData("--json", "\"reception\":\"in-order\",\"taken_for\":4")]
    [InlineData("--json", "\"sequence_bits\":2,\"frames_mistaken\":8,\"acks_mistaken\":8,\"delivered_bytes\":12288")]
    public async Task A_frame_that_was_taken_for_another_is_shown_everywhere(string options, string shown)
    {
        const string Scene = "--strategy go-back-n --window 4 --sequence-bits 2 --frames 8 --kill ack:1,ack:2,ack:3,ack:4 ";
        Run run = (await LabAsync(Scene + options)).Ends(ExitCode.IntegrityMismatch);
        Assert.Contains(shown, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_window_that_is_safe_says_so()
    {
        Run run = (await LabAsync("--strategy go-back-n --window 3 --sequence-bits 2 --kill ack:1,ack:2,ack:3")).Ends(ExitCode.Confirmed);
        Assert.Contains("2 bits  safe: window 3 is at most 2^2 − 1", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oldest", "time-out measured, seed", 229)]
    [InlineData("restart", "time-out measured from the last ACK, seed", 231)]
    public async Task A_timer_that_is_restarted_is_told_and_finds_a_loss_later(string timer, string heading, int firedMs)
    {
        Run run = (await LabAsync($"--strategy go-back-n --window 4 --kill data:5 --timer {timer} --json")).Ends(ExitCode.Confirmed);
        long fired = run.Events.First(static e => Name(e) == "timer").GetProperty("time_ns").GetInt64();
        Assert.Equal(firedMs, fired / 1_000_000);
        Run text = await LabAsync($"--strategy go-back-n --window 4 --kill data:5 --timer {timer}");
        Assert.Contains(heading, text.Output.Replace('\n', ' '), StringComparison.Ordinal);
        Assert.Equal(timer == "restart", text.Output.Contains("the form assumes a timer", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("selective", "", "ACK 1 +2", "ACK n says that every frame before n arrived, +m")]
    [InlineData("individual", "individual ACKs, ", "ACK of 2", "ACK of n says that frame n arrived")]
    [InlineData("cumulative", "cumulative ACKs, ", "ACK 1 ", "ACK n says that every frame before n arrived  ")]
    public async Task What_acknowledgements_say_is_on_the_ladder(string kind, string heading, string label, string legend)
    {
        Run run = (await LabAsync($"--strategy selective-repeat --window 4 --frames 8 --kill data:2,ack:3 --acks {kind} --explain"))
            .Ends(ExitCode.Confirmed);
        string text = run.Output.Replace('\n', ' ');
        Assert.Contains($"window 4, {heading}time-out", text, StringComparison.Ordinal);
        Assert.Contains(label, text, StringComparison.Ordinal);
        Assert.Contains(legend, text, StringComparison.Ordinal);
        Assert.Equal(kind == "individual", text.Contains("The receiver answers: frame\u00A02 arrived.", StringComparison.Ordinal));
        Assert.Equal(kind == "cumulative", text.Contains("the form assumes ACKs that name ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_interruption_ends_the_run()
    {
        Run run = await Run.AldisAsync(Stream.Null, ["lab", "--frames", "10000000", "--quiet"], new CancellationToken(canceled: true));
        run.Ends(ExitCode.Interrupted);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_run()
    {
        await using var pipe = new ClosedPipe();
        Run run = await Run.AldisAsync(
            Stream.Null, ["lab", "--frames", "100000", "--all"], TestContext.Current.CancellationToken, output: pipe);
        run.Ends(ExitCode.OutputClosed);
    }

    [Fact]
    public async Task Help_begins_with_examples_that_run()
    {
        string help = (await LabAsync("--help")).Ends(ExitCode.Confirmed).Output;
        Assert.StartsWith("Examples:", help, StringComparison.Ordinal);
        foreach (string example in LabVerb.Examples.Split('\n').Where(l => l.Contains("aldis lab", StringComparison.Ordinal)))
        {
            string command = example.Trim().Split("  ")[0].Split('|')[0];
            if (!command.Contains("--input", StringComparison.Ordinal) && !command.Contains("--peer", StringComparison.Ordinal))
            {
                (await Run.AldisAsync(command.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..])).Ends(ExitCode.Confirmed);
            }
        }
    }

    [Fact]
    public async Task Colours_are_for_terminals_that_want_them()
    {
        Assert.DoesNotContain('\e', (await LabAsync("--loss 40%")).Output);
        var output = new MemoryStream();
        await using var error = new StringWriter();
        var console = new CommandConsole { Input = Stream.Null, Output = output, Error = error, UseOutputColor = true };
        await AldisCommand.RunAsync(["lab", "--loss", "40%"], console, TestContext.Current.CancellationToken);
        Assert.Contains("\e[31m", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private static string? Name(JsonElement occurred) => occurred.GetProperty("event").GetString();

    private static Task<Run> LabAsync(string options) =>
        Run.AldisAsync(["lab", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
}

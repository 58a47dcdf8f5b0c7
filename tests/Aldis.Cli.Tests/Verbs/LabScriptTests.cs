using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;
using Aldis.Cli.Verbs.Lab;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis lab --script</c>: what a scene says happens, and a mistake in it is told with its place.</summary>
public sealed class LabScriptTests : IDisposable
{
    private const string Scene = """
        # A scene for the board.
        strategy go-back-n
        window 4        # frames
        delay 10ms

        at 0ms send 3
        at 500ms send 2
        lose data:1,ack:4
        hold ack:1 20ms
        double data:3 5ms
        damage data:5
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>The answer to the opening has serial number 1.</summary>
    [Fact]
    public async Task What_the_lines_say_happens()
    {
        JsonElement[] events = [.. (await LabAsync(Scene, "--json")).Ends(ExitCode.Confirmed).Events];
        JsonElement summary = events[^1];
        Assert.Equal(("go-back-n", 4, 10_000_000L, 5), (
            summary.GetProperty("strategy").GetString(),
            summary.GetProperty("window").GetInt32(),
            summary.GetProperty("delay_ns").GetInt64(),
            summary.GetProperty("frames").GetInt32()));
        Assert.Equal((1, 1), (summary.GetProperty("frames_lost").GetInt32(), summary.GetProperty("acks_lost").GetInt32()));
        Assert.Equal(
            [0L, 864_000L, 1_728_000L, 500_000_000L, 500_864_000L],
            Moments(events, "frame", "departure").Where(static e => e.GetProperty("transmission").GetInt32() == 1)
                .Select(static e => e.GetProperty("time_ns").GetInt64()));
        Assert.Equal([1], Moments(events, "frame", "loss").Select(static e => e.GetProperty("packet").GetInt32()));
        Assert.Equal([5], Moments(events, "ack", "loss").Select(static e => e.GetProperty("serial").GetInt32()));
        Assert.Equal([3], Moments(events, "frame", "arrival").Where(static e => e.TryGetProperty("copy", out _))
            .Select(static e => e.GetProperty("packet").GetInt32()));
        Assert.Equal([5], Moments(events, "frame", "arrival").Where(static e => e.GetProperty("fate").GetString() == "damaged")
            .Select(static e => e.GetProperty("packet").GetInt32()));
        Assert.Equal([3, 4, 2], Moments(events, "ack", "arrival").Select(static e => e.GetProperty("serial").GetInt32()).Take(3));
        Assert.Equal(
            ["losses-come-by-chance", "frames-always-wait"],
            summary.GetProperty("broken_assumptions").EnumerateArray().Select(static e => e.GetString()));
    }

    [Fact]
    public async Task A_second_copy_and_a_datagram_that_is_held_come_when_the_scene_says()
    {
        JsonElement[] events = [.. (await LabAsync(Scene, "--json")).Ends(ExitCode.Confirmed).Events];
        long[] third = [.. Moments(events, "frame", "arrival").Where(static e => e.GetProperty("packet").GetInt32() == 3)
            .Select(static e => e.GetProperty("time_ns").GetInt64())];
        Assert.Equal(5_000_000, third[1] - third[0]);
        JsonElement left = Moments(events, "ack", "departure").First(static e => e.GetProperty("serial").GetInt32() == 2);
        JsonElement held = Moments(events, "ack", "arrival").First(static e => e.GetProperty("serial").GetInt32() == 2);
        Assert.Equal(30_064_800, held.GetProperty("time_ns").GetInt64() - left.GetProperty("time_ns").GetInt64());
    }

    [Fact]
    public async Task The_command_line_wins_over_the_script_and_the_rest_of_the_link_is_clean()
    {
        Run run = (await LabAsync(Scene, "--window", "2", "--json")).Ends(ExitCode.Confirmed);
        JsonElement summary = run.Events[^1];
        Assert.Equal(2, summary.GetProperty("window").GetInt32());
        Assert.Equal(0, summary.GetProperty("loss").GetDouble());
        Assert.Equal(0.25, (await LabAsync("loss 25%\nlose data:1", "--json")).Events[^1].GetProperty("loss").GetDouble());
    }

    [Fact]
    public async Task Text_and_pictures_say_what_the_scene_does_and_name_it()
    {
        string picture = _directory.Combine("scene.svg");
        Run run = (await LabAsync(Scene, "--svg", picture)).Ends(ExitCode.Confirmed);
        string text = run.Output.Replace('\n', ' ');
        Assert.Contains(
            "transmission #1 lost, ACK no. 4 lost, transmission #3 doubled, transmission #5 damaged, ACK no. 1 20 ms late", text,
            StringComparison.Ordinal);
        string drawn = await File.ReadAllTextAsync(picture, TestContext.Current.CancellationToken);
        Assert.Contains("--script ", drawn, StringComparison.Ordinal);
        Assert.DoesNotContain("--kill", drawn, StringComparison.Ordinal);
        Assert.DoesNotContain("--frames", drawn, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("windw 4", 1, 1, "there is no 'windw'; did you mean 'window'?")]
    [InlineData("\n  elephants", 2, 3, "there is no 'elephants': a line begins with at, lose, hold, double, damage, or an option")]
    [InlineData("kill data:1", 1, 1, "there is no 'kill'")]
    [InlineData("window four", 1, 8, "--window takes a whole number N, 1 or more, not 'four'.")]
    [InlineData("window 4 5", 1, 10, "'window' takes one value, and here is '5' besides.")]
    [InlineData("window", 1, 1, "'window' needs a value.")]
    [InlineData("window 4\nwindow 5", 2, 1, "'window' is said twice.")]
    [InlineData("loss 10", 1, 6, "--loss takes a percentage such as 10%, not '10'.")]
    [InlineData("at 5ms", 1, 1, "'at' takes a time, and what is sent then")]
    [InlineData("at 5ms send 4 6", 1, 15, "'at' takes a time, and what is sent then")]
    [InlineData("at 5 send 4", 1, 4, "a time is such as 20ms, an hour at most, not '5': a time needs its unit")]
    [InlineData("at 2h send 4", 1, 4, "a time is such as 20ms, an hour at most, not '2h'.")]
    [InlineData("at 5ms lose 4", 1, 8, "'at' takes a time, and what is sent then: at 200ms send 4, not 'lose'.")]
    [InlineData("at 5ms send 0", 1, 13, "'send' takes a number of frames, 1 to 10000000, not '0'.")]
    [InlineData("at 5ms send 1\nat 4ms send 1", 2, 4, "what is sent is told in the order of time.")]
    [InlineData("lose", 1, 1, "'lose' takes datagrams: lose data:1,ack:2.")]
    [InlineData("lose data:1, ack:2", 1, 14, "'lose' takes datagrams")]
    [InlineData("lose data:1,frame:2", 1, 13, "a datagram is data:N or ack:N with a number from 1 on, not 'frame:2'.")]
    [InlineData("lose data:99999999999999999999", 1, 6, "a datagram is data:N or ack:N")]
    [InlineData("hold data:1", 1, 1, "'hold' takes datagrams and how much later they arrive")]
    [InlineData("hold data:1 soon", 1, 13, "a time is such as 20ms")]
    [InlineData("double ack:1", 1, 1, "'double' takes datagrams and how much later the second copy arrives")]
    [InlineData("damage data:0", 1, 8, "a datagram is data:N or ack:N with a number from 1 on, not 'data:0'.")]
    [InlineData("lose data:1\ndamage data:1", 2, 8, "data:1 cannot be lost and arrive.")]
    [InlineData("hold ack:2 1ms\nlose ack:1,ack:2", 2, 12, "ack:2 cannot be lost and arrive.")]
    [InlineData("lose data:1\u001b[31m", 1, 12, "there is a character that is no text.")]
    public async Task A_mistake_is_told_with_its_line_and_column(string script, int line, int column, string sentence)
    {
        Run run = (await LabAsync(script)).Ends(ExitCode.UsageOrLocalError, $"scene.txt, line {line}, column {column}: {sentence}");
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("--kill", "data:1", "--kill and --script exclude each other")]
    [InlineData("--frames", "3", "A script that says what is sent when goes without --frames and --input")]
    [InlineData("--sweep", "loss=0..1%", "--script is for one run")]
    [InlineData("--strategy", "stop-and-wait", "Stop-and-wait has one frame under way")]
    public async Task What_contradicts_a_script_is_refused(string option, string value, string sentence) =>
        (await LabAsync(Scene, option, value)).Ends(ExitCode.UsageOrLocalError, sentence);

    [Fact]
    public async Task A_file_that_is_no_script_is_refused()
    {
        string path = _directory.Combine("bytes");
        (await Run.AldisAsync("lab", "--script", path)).Ends(ExitCode.UsageOrLocalError, "cannot be read");
        await File.WriteAllBytesAsync(path, [0xC3, 0x28], TestContext.Current.CancellationToken);
        (await Run.AldisAsync("lab", "--script", path)).Ends(ExitCode.UsageOrLocalError, "is no text in UTF-8");
        await File.WriteAllBytesAsync(path, new byte[LabScript.MostBytes + 1], TestContext.Current.CancellationToken);
        (await Run.AldisAsync("lab", "--script", path)).Ends(ExitCode.UsageOrLocalError, "is longer than 64 KiB");
        string many = string.Join('\n', Enumerable.Range(1, LabScript.MostItems + 1).Select(static number => $"lose data:{number}"));
        (await LabAsync(many)).Ends(ExitCode.UsageOrLocalError, "line 1001, column 6: a script names 1000 writings and datagrams at most.");
        (await Run.AldisAsync("lab", "--script", "/dev/zero")).Ends(ExitCode.UsageOrLocalError, "is longer than 64 KiB");
    }

    /// <summary>Scripts with letters changed, taken out, doubled: each is read or refused with its place.</summary>
    [Fact]
    public void Whatever_a_file_holds_it_is_read_or_refused_with_its_place()
    {
        var random = new Random(1);
        var options = new LabOptions();
        var console = new CommandConsole { Input = Stream.Null, Output = Stream.Null, Error = TextWriter.Null };
        var verb = LabVerb.Create(new VerbContext(console, CancellationToken.None, CancellationToken.None));
        int refused = 0;
        for (int i = 0; i < 3_000; i++)
        {
            var text = new List<char>(Scene);
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                int at = random.Next(text.Count);
                switch (random.Next(3))
                {
                    case 0:
                        text[at] = (char)random.Next(1, 256);
                        break;
                    case 1:
                        text.RemoveAt(at);
                        break;
                    default:
                        text.InsertRange(at, text.GetRange(at, Math.Min(random.Next(20), text.Count - at)));
                        break;
                }
            }

            try
            {
                LabScript.Read("scene", new string([.. text]), verb, options.All);
            }
            catch (UsageException refusal)
            {
                refused++;
                Assert.Matches(@"^scene, line \d+, column \d+: .", refusal.Message);
            }
        }

        Assert.InRange(refused, 1_000, 2_999);
    }

    private static IEnumerable<JsonElement> Moments(IEnumerable<JsonElement> events, string name, string step) => events.Where(
        e => e.GetProperty("event").GetString() == name && e.GetProperty("step").GetString() == step);

    private async Task<Run> LabAsync(string script, params string[] options)
    {
        string path = _directory.Combine("scene.txt");
        await File.WriteAllTextAsync(path, script, TestContext.Current.CancellationToken);
        return await Run.AldisAsync(["lab", "--script", path, .. options]);
    }
}

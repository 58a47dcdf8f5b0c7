using System.Text.Json;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Lab.Grading;
using Aldis.Protocols.Text;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis lab --grade</c>: what it takes, prints, refuses and answers.</summary>
public sealed class LabGradeTests : IDisposable
{
    private const string Kept = "strategy go-back-n\nwindow 2\nsend 0\nreceive 0\nack 1\nacked 1\n";
    private const string Broken = Kept + "send 0\nreceive 0\nack 1\n";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("--strategy stop-and-wait --frames 60 --loss 20%")]
    [InlineData("--strategy stop-and-wait --frames 60 --loss 20% --timeout 150ms --duplicate 20%")]
    [InlineData("--strategy go-back-n --frames 200 --loss 15% --window 5")]
    [InlineData("--strategy go-back-n --frames 200 --loss 15% --timeout 250ms")]
    [InlineData("--strategy go-back-n --frames 200 --loss 5% --corrupt 5% --duplicate 5% --timeout 250ms")]
    [InlineData("--strategy selective-repeat --frames 200 --loss 15%")]
    [InlineData("--strategy selective-repeat --frames 200 --loss 15% --timeout 250ms --duplicate 10% --reorder 10%")]
    [InlineData("--strategy selective-repeat --frames 2000 --loss 3% --window 200")]
    public async Task What_the_laboratory_does_has_every_mark(string options)
    {
        Run run = (await LabAsync(string.Empty, options + " --json")).Ends(ExitCode.Confirmed);
        Run grade = (await LabAsync(run.Output, "--grade -")).Ends(ExitCode.Confirmed);
        string[] marks = grade.Output.TrimEnd('\n').Split('\n')[^1].Split(' ');
        Assert.Equal(marks[0], marks[2]);
        Assert.True(int.Parse(marks[0]) >= 9, grade.Output);
    }

    [Fact]
    public async Task A_trace_of_which_a_line_is_missing_or_changed_is_caught()
    {
        Run run = await LabAsync(string.Empty, "--strategy selective-repeat --frames 50 --loss 15% --json");
        string[] lines = run.Output.TrimEnd('\n').Split('\n');
        string withoutRepetitions = string.Join(
            '\n', lines.Where(static line => !line.Contains("\"transmission\":2", StringComparison.Ordinal)));
        (await LabAsync(withoutRepetitions, "--grade -")).Ends(ExitCode.ExpectationFailed);
        string smallerWindow = run.Output.Replace("\"window\":8,\"rate", "\"window\":4,\"rate", StringComparison.Ordinal);
        Run window = (await LabAsync(smallerWindow, "--grade -")).Ends(ExitCode.ExpectationFailed);
        Assert.Contains("BROKEN  window", window.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_rule_is_told_with_its_line_and_ends_with_8()
    {
        await File.WriteAllTextAsync(_directory.Combine("t"), Broken, TestContext.Current.CancellationToken);
        Run run = (await Run.AldisAsync("lab", "--grade", _directory.Combine("t"))).Ends(ExitCode.ExpectationFailed);
        Assert.Contains("line 7: frame 0 goes again, and its ACK has come.", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("marks: the protocol was not followed\n", run.Output, StringComparison.Ordinal);
        Run quiet = (await LabAsync(Broken, "--grade - --quiet")).Ends(ExitCode.ExpectationFailed);
        Assert.Single(quiet.Output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Programs_get_an_object_for_each_rule_and_one_for_the_marks()
    {
        Run run = (await LabAsync(Broken, "--grade - --json")).Ends(ExitCode.ExpectationFailed);
        JsonElement[] events = [.. run.Events];
        JsonElement broken = Assert.Single(events, static e => Text(e, "outcome") == "broken");
        Assert.Equal("acknowledged", Text(broken, "rule"));
        Assert.Equal(7, broken.GetProperty("line").GetInt64());
        Assert.Equal("grade", Text(events[^1], "event"));
        Assert.False(events[^1].GetProperty("passed").GetBoolean());
        Assert.Equal(events[^1].GetProperty("of").GetInt32() - 1, events[^1].GetProperty("marks").GetInt32());
    }

    [Fact]
    public async Task What_a_trace_does_not_say_the_command_line_may()
    {
        const string Bare = "send 0\nreceive 0\nack 1\nacked 1\n";
        (await LabAsync(Bare, "--grade - --strategy go-back-n --window 2")).Ends(ExitCode.Confirmed);
        (await LabAsync(Bare, "--grade - --strategy stop-and-wait --frames 2")).Ends(ExitCode.ExpectationFailed);
    }

    [Fact]
    public async Task The_trace_of_the_guide_has_every_mark_and_the_guide_has_every_rule()
    {
        string guide = await PeerLab.ReadAsync("docs/lab.md");
        string section = guide[guide.IndexOf("## Traces and marks", StringComparison.Ordinal)..];
        Run grade = await LabAsync(section.Split("```text\n")[1].Split("```")[0], "--grade -");
        grade.Ends(ExitCode.Confirmed);
        Assert.All(Enum.GetValues<GradeRule>(), rule => Assert.Contains($"`{KebabName.Of(rule)}`", section, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "the trace has no event of a frame or an ACK")]
    [InlineData("strategy go-back-n", "the trace has no event of a frame or an ACK")]
    [InlineData("send 0", "the trace does not say which strategy was to be followed: give --strategy")]
    [InlineData("strategy go-back-n\nsend 0", "the trace does not say how large the window is: give --window")]
    [InlineData("strategy gbn\nsend 0", "line 1 of the trace: a strategy is stop-and-wait, go-back-n or selective-repeat, not 'gbn'.")]
    [InlineData("window 0\nsend 0", "line 1 of the trace: a whole number from 1 to 65536, not '0'.")]
    [InlineData("timeout 200\nsend 0", "line 1 of the trace: a time-out has its unit, such as 200ms, not '200'.")]
    [InlineData("sned 0", "did you mean 'send'?, not 'sned 0'.")]
    [InlineData("send", "line 1 of the trace: 'send' takes one number from 0 to 10000000, not 'send'.")]
    [InlineData("send 99999999", "'send' takes one number from 0 to 10000000")]
    [InlineData("send 0 1", "'send' takes one number")]
    [InlineData("ack 1 2", "behind an ACK come at most 64 frames such as +5, not 'ack 1 2'.")]
    [InlineData("5 send 0\nsend 1", "line 2 of the trace: either each line begins with a time, or none, not 'send 1'.")]
    [InlineData("5 send 0\n4 send 1", "line 2 of the trace: lines are in order of time, not '4 send 1'.")]
    [InlineData("5", "line 1 of the trace: it takes send, receive")]
    [InlineData("strategy go-back-n\nwindow 1\nbits 1\nsend 2", "line 4 of the trace: 2 is no number of 1 bits.")]
    [InlineData("{\"event\":\"frame\"", "line 1 of the trace: each line is a whole JSON object")]
    [InlineData("{\"event\":\"frame\",\"frame\":1,\"time_ns\":0}", "the 'step' of a frame or an ACK is departure, loss or arrival")]
    [InlineData("{\"event\":\"frame\",\"step\":\"departure\"}", "line 1 of the trace: 'frame' is a whole number from 0 to 10000000")]
    [InlineData("{\"event\":\"frame\",\"step\":\"departure\",\"frame\":-1}", "'frame' is a whole number from 0")]
    [InlineData("{\"event\":\"ack\",\"step\":\"departure\",\"next\":9223372036854775807}", "'next' is a whole number from 0 to 10000000")]
    [InlineData("{\"event\":\"frame\",\"step\":\"departure\",\"frame\":1,\"time_ns\":\"x\"}", "'time_ns' is a whole number from 0")]
    [InlineData(
        "{\"event\":\"ack\",\"step\":\"departure\",\"next\":1,\"time_ns\":5}\n"
            + "{\"event\":\"ack\",\"step\":\"departure\",\"next\":1,\"time_ns\":4}",
        "line 2 of the trace: lines are in order of time")]
    [InlineData("{}\n[]", "line 2 of the trace: each line is a whole JSON object, not '[]'.")]
    [InlineData("send 0\u001b[31m", "not 'send 0?[31m'.")]
    public async Task What_is_no_trace_is_refused_with_its_line(string trace, string sentence)
    {
        Run run = (await LabAsync(trace, "--grade -")).Ends(ExitCode.UsageOrLocalError, sentence);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_trace_that_is_too_long_is_refused()
    {
        string lines = string.Concat(Enumerable.Repeat("# \n", 1_000_001));
        (await LabAsync(lines, "--grade -")).Ends(ExitCode.UsageOrLocalError, "the trace has more than 1,000,000 lines");
        string bytes = new(' ', (64 << 20) + 1);
        (await LabAsync(bytes, "--grade -")).Ends(ExitCode.UsageOrLocalError, "standard input holds more than 64 MiB");
    }

    [Theory]
    [InlineData("--grade {D}/none", "cannot be read")]
    [InlineData("--grade {D}", "it is a directory")]
    [InlineData("--grade - --loss 5%", "--grade reads a trace and runs nothing, so it goes without --loss.")]
    [InlineData("--grade - --svg x", "--grade reads a trace and runs nothing, so it goes without --svg.")]
    [InlineData("--grade - --window 70000", "--window")]
    public async Task A_wrong_call_is_refused(string options, string sentence)
    {
        Run run = await LabAsync("send 0", options.Replace("{D}", _directory.Path, StringComparison.Ordinal));
        run.Ends(ExitCode.UsageOrLocalError, sentence);
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Task<Run> LabAsync(string input, string options) => Run.AldisAsync(input, ["lab", .. options.Split(' ')]);
}

using System.Globalization;
using System.Text.Json;
using Aldis.Lab.Exercises;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis lab --exercise</c>: what is printed, marked and refused. What it looks like is held by the golden texts.</summary>
public sealed class LabExerciseTests
{
    public static TheoryData<string> Names => [.. Enum.GetValues<ExerciseName>().Select(KebabName.Of)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_answers_that_are_printed_have_every_mark(string name)
    {
        Run sheet = (await LabAsync(string.Empty, $"--exercise {name} --student ada --answer --json")).Ends(ExitCode.Confirmed);
        JsonElement[] questions = [.. sheet.Events.Where(static e => e.GetProperty("event").GetString() == "question")];
        string answers = string.Join('\n', questions.Select(static e => string.Create(
            CultureInfo.InvariantCulture, $"{e.GetProperty("question").GetInt32()}: {e.GetProperty("answer").GetDouble():0.###} # so")));
        Run grade = (await LabAsync(answers, $"--exercise {name} --student ADA --grade -")).Ends(ExitCode.Confirmed);
        Assert.EndsWith($"\n{questions.Length} of {questions.Length} marks\n", grade.Output, StringComparison.Ordinal);
        (await LabAsync(answers, $"--exercise {name} --student grace --grade -")).Ends(ExitCode.ExpectationFailed);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_experiments_of_an_answer_can_be_run(string name)
    {
        Run sheet = await LabAsync(string.Empty, $"--exercise {name} --answer --json");
        JsonElement[] experiments = [.. sheet.Events.Where(static e => e.GetProperty("event").GetString() == "experiment")];
        Assert.NotEmpty(experiments);
        foreach (JsonElement experiment in experiments)
        {
            Run run = await Run.AldisAsync(experiment.GetProperty("command").GetString()!.Split(' ')[1..]);
            Assert.Contains(run.ExitCode, new[] { ExitCode.Confirmed, ExitCode.IntegrityMismatch });
        }
    }

    [Fact]
    public async Task The_sheet_of_a_student_has_no_answers()
    {
        Run sheet = await LabAsync(string.Empty, "--exercise lost-frame --student ada --json");
        Assert.DoesNotContain("\"answer\"", sheet.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("experiment", sheet.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_answer_a_missing_one_and_one_with_its_unit_are_told_apart()
    {
        Run grade = await LabAsync("1 272 ms\n2) 99\n\n4: 88.2 kbit/s", "--exercise efficiency --student ada --grade -");
        grade.Ends(ExitCode.ExpectationFailed);
        Assert.Equal(
            ["right   1  272 ms", "wrong   2  99 %", "missing 3  no answer", "right   4  88.2 kbit/s", "2 of 4 marks"],
            grade.Output.TrimEnd('\n').Split('\n'));
        Run quiet = await LabAsync("1 272", "--exercise efficiency --student ada --grade - --quiet");
        Assert.Equal("1 of 4 marks\n", quiet.Output);
    }

    [Theory]
    [InlineData("x 1", "line 1 of the answers: it begins with the number of a question, 1 to 4, not 'x 1'.")]
    [InlineData("5 1", "it begins with the number of a question, 1 to 4")]
    [InlineData("1", "behind the question stands a number, such as 42 or 42.5, not '1'.")]
    [InlineData("1 104,2", "behind the question stands a number, such as 42 or 42.5")]
    [InlineData("1 1e3", "behind the question stands a number")]
    [InlineData("1 5 s", "the answer to question 1 is a number of ms, not '1 5 s'.")]
    [InlineData("3 5 frames", "the answer to question 3 is a number without a unit")]
    [InlineData("1 5\n\n1 6", "line 3 of the answers: question 1 is answered once, not '1 6'.")]
    [InlineData("\u001b[31m", "not '?[31m'.")]
    public async Task What_is_no_answer_is_refused_with_its_line(string answers, string sentence)
    {
        Run run = await LabAsync(answers, "--exercise efficiency --student ada --grade -");
        Assert.Empty(run.Ends(ExitCode.UsageOrLocalError, sentence).Output);
    }

    [Fact]
    public async Task More_lines_than_answers_need_are_refused() => (await LabAsync(new string('\n', 1001), "--exercise timeout --grade -"))
        .Ends(ExitCode.UsageOrLocalError, "there are more than 1000 lines of answers.");

    [Theory]
    [InlineData("--exercise", "--exercise needs a value: --exercise NAME.")]
    [InlineData("--exercise list", "--exercise takes efficiency, lost-frame, lost-ack, timeout or numbers, not 'list'.")]
    [InlineData("--exercise lost-farme", "did you mean 'lost-frame'?")]
    [InlineData("--exercise timeout --student a,b", "'a,b' is no student: 1 to 64 characters of A-Z a-z 0-9 . _ - @ +")]
    [InlineData("--exercise timeout --loss 5%", "--exercise has figures of its own, so it goes without --loss.")]
    [InlineData("--exercise timeout --answer --grade -", "--answer and --grade exclude each other")]
    [InlineData("--student ada", "--student and --answer go with --exercise NAME.")]
    [InlineData("--answer", "--student and --answer go with --exercise NAME.")]
    public async Task A_wrong_call_is_refused(string options, string sentence)
    {
        Run run = await LabAsync(string.Empty, options);
        Assert.Empty(run.Ends(ExitCode.UsageOrLocalError, sentence).Output);
    }

    private static Task<Run> LabAsync(string input, string options) => Run.AldisAsync(input, ["lab", .. options.Split(' ')]);
}

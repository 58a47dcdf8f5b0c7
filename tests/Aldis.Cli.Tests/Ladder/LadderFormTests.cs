using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Verbs;

namespace Aldis.Cli.Tests.Ladder;

/// <summary>What holds of a ladder in every form in which <c>aldis lab</c> gives it, with many links.</summary>
public sealed partial class LadderFormTests : IDisposable
{
    private static readonly string[] Links =
    [
        "--loss 20%",
        "--loss 0 --timeout 80ms",
        "--strategy go-back-n --window 5 --loss 15%",
        "--strategy go-back-n --kill data:1 --window 5",
        "--strategy selective-repeat --window 4 --corrupt --duplicate --reorder",
        "--strategy selective-repeat --loss 30% --reorder 40%",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("aldis-forms-").FullName;

    public static TheoryData<string> OfLinks => new(
        from link in Links from seed in new[] { 1, 2, 3 } select $"{link} --frames 12 --seed {seed}");

    public static TheoryData<string, int> AtWidths => new(
        from link in Links from width in new[] { 40, 60, 80, 200 } select ($"{link} --frames 60 --ack-loss 25%", width));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(OfLinks))]
    public async Task Times_never_decrease_down_the_page_in_any_form(string options)
    {
        string page = Path.Combine(_directory, "ladder.html");
        Run text = (await LabAsync($"{options} --html {page}")).Ends(ExitCode.Confirmed);
        Run diagram = (await LabAsync($"{options} --mermaid")).Ends(ExitCode.Confirmed);
        Run objects = (await LabAsync($"{options} --json")).Ends(ExitCode.Confirmed);
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        AssertAscending(Times(TimeOfLine(), text.Output), 20);
        AssertAscending(Times(TimeOfStatement(), diagram.Output), 20);
        AssertAscending(Times(TimeOfItem(), html), 20);
        AssertAscending([.. objects.Events.SkipLast(1).Select(static e => e.GetProperty("time_ns").GetDouble())], 20);
    }

    [Theory]
    [MemberData(nameof(OfLinks))]
    public async Task Every_departure_is_followed_by_one_arrival_or_one_loss(string options)
    {
        Run objects = (await LabAsync($"{options} --json")).Ends(ExitCode.Confirmed);
        var underWay = new HashSet<(string Event, long Number)>();
        foreach (JsonElement moment in objects.Events.Where(
            static e => e.TryGetProperty("step", out _) && !e.TryGetProperty("copy", out _)))
        {
            string name = moment.GetProperty("event").GetString()!;
            (string, long) arrow = (name, moment.GetProperty(name == "ack" ? "serial" : "packet").GetInt64());
            bool isPaired = moment.GetProperty("step").GetString() == "departure" ? underWay.Add(arrow) : underWay.Remove(arrow);
            Assert.True(isPaired, moment.ToString());
        }

        Assert.Empty(underWay);
    }

    [Theory]
    [MemberData(nameof(OfLinks))]
    public async Task A_departure_says_nothing_of_what_becomes_of_it(string options)
    {
        Run objects = (await LabAsync($"{options} --json")).Ends(ExitCode.Confirmed);
        Assert.All(
            objects.Events.Where(static e => e.TryGetProperty("step", out JsonElement step) && step.GetString() == "departure"),
            static e => Assert.All(
                new[] { "fate", "arrival_ns", "departure_ns", "reception" }, field => Assert.False(e.TryGetProperty(field, out _))));
    }

    [Theory]
    [MemberData(nameof(AtWidths))]
    public async Task No_line_is_wider_than_the_terminal(string options, int columns)
    {
        foreach (string more in new[] { "", " --explain", " --quiet" })
        {
            Run run = await LabAsync(options + more, columns);
            run.Ends(ExitCode.Confirmed);
            Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= columns, line));
        }
    }

    [Theory]
    [MemberData(nameof(OfLinks))]
    public async Task In_ASCII_every_line_says_the_same_in_the_same_columns(string options)
    {
        string[] lines = (await LabAsync(options + " --explain")).Ends(ExitCode.Confirmed).Output.Split('\n');
        string[] ascii = (await LabAsync(options + " --explain --ascii")).Ends(ExitCode.Confirmed).Output.Split('\n');
        Assert.All(ascii, static line => Assert.True(Ascii.IsValid(line) && !line.Contains('?', StringComparison.Ordinal), line));
        Assert.Equal(
            lines.Where(static line => !line.Contains('±', StringComparison.Ordinal)).Select(static line => line.Length),
            ascii.Where(static line => !line.Contains("+-0", StringComparison.Ordinal)).Select(static line => line.Length));
    }

    private static void AssertAscending(double[] times, int least)
    {
        Assert.True(times.Length >= least);
        Assert.Equal(times.Order(), times);
    }

    private static double[] Times(Regex pattern, string text) =>
        [.. pattern.Matches(text).Select(static match => double.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture))];

    private static Task<Run> LabAsync(string options, int columns = 80)
    {
        string[] words = ["lab", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        return Run.AldisAsync(Stream.Null, words, TestContext.Current.CancellationToken, columns: columns);
    }

    [GeneratedRegex("^ *(?<time>[0-9.]+) [│├●]", RegexOptions.Multiline, 5000)]
    private static partial Regex TimeOfLine();

    [GeneratedRegex("^    (?:[CS]-+[x>]+[CS]|Note over [CS]): (?<time>[0-9.]+) ", RegexOptions.Multiline, 5000)]
    private static partial Regex TimeOfStatement();

    [GeneratedRegex("^<li [^>]*><b>(?<time>[0-9.]+)</b>", RegexOptions.Multiline, 5000)]
    private static partial Regex TimeOfItem();
}

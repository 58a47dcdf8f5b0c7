using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>docs/lab.md and its answers stay true: the commands run, and print what is shown and said.</summary>
public sealed partial class LabGuideTests
{
    private const int Exercises = 8;

    public static TheoryData<int> Numbers => [.. Enumerable.Range(1, Exercises)];

    [Fact]
    public void The_guide_has_eight_exercises_each_with_something_to_look_at_a_question_and_an_answer_apart()
    {
        string[] sections = Sections();
        Assert.Equal(Exercises, sections.Length);
        Assert.Equal(sections.Select(TitleOf), Answers().Select(TitleOf));
        Assert.All(sections, static section =>
        {
            Assert.Contains("```sh\naldis lab ", section, StringComparison.Ordinal);
            Assert.Contains("```text\n", section, StringComparison.Ordinal);
            foreach (string part in new[] { "**Look at**", "**Question.**" })
            {
                Assert.Single(Regex.Matches(section, Regex.Escape(part), RegexOptions.None, TimeSpan.FromSeconds(5)));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task An_exercise_prints_the_lines_it_shows_and_the_figures_of_its_answer(int number)
    {
        string section = Sections()[number - 1] + Answers()[number - 1];
        Assert.Empty(await UnprintedAsync(section));
    }

    /// <summary>With as many digits as the book has. Where frames are lost, the book's form is compared: chance is not in it.</summary>
    [Fact]
    public async Task The_textbooks_exercises_print_the_textbooks_numbers()
    {
        string[] examples = [.. Blocks(SectionsOf("The textbooks' numbers").Single(), "sh").SelectMany(static block => block.Split('\n'))];
        Assert.Equal(14, examples.Length);
        foreach (string example in examples)
        {
            string[] parts = example.Split(" # ");
            Run run = (await Run.AldisAsync([.. parts[0].Split(' ')[1..], "--quiet"])).Ends(ExitCode.Confirmed);
            string label = parts[0].EndsWith("--loss 0", StringComparison.Ordinal) ? "efficiency, measured" : "the textbook's form";
            string printed = Regex.Match(run.Output, $@"{label} +([\d.]+) %", RegexOptions.None, TimeSpan.FromSeconds(5)).Groups[1].Value;
            string book = parts[1].Split(' ')[0];
            int digits = book.Contains('.', StringComparison.Ordinal) ? book.Length - book.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
            decimal rounded = decimal.Round(decimal.Parse(printed, CultureInfo.InvariantCulture), digits);
            Assert.True(book == rounded.ToString(CultureInfo.InvariantCulture), $"{example}: {printed}");
        }
    }

    [Fact]
    public async Task The_scene_in_a_file_runs_as_it_stands_there()
    {
        string path = Path.GetTempFileName();
        try
        {
            string scene = Blocks(SectionsOf("Going on").Single(), "text").Single();
            await File.WriteAllTextAsync(path, scene, TestContext.Current.CancellationToken);
            Run run = (await Run.AldisAsync("lab", "--script", path)).Ends(ExitCode.Confirmed);
            Assert.Contains("go-back-n: 6 frames of 1,024 bytes, window 4, numbers of 3 bits", run.Output, StringComparison.Ordinal);
            Assert.Contains("transmission #1", run.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task The_scenes_with_short_numbers_print_the_lines_shown_and_end_with_an_integrity_mismatch() =>
        Assert.Empty(await UnprintedAsync(SectionsOf("When the numbers are short").Single(), ExitCode.IntegrityMismatch));

    [Fact]
    public async Task Go_back_n_with_lost_answers_meets_its_form_as_it_is_shown() =>
        Assert.Empty(await UnprintedAsync(SectionsOf("Where the forms come from").Single()));

    [Fact]
    public async Task A_line_or_a_figure_that_is_not_printed_is_noticed()
    {
        string section = Sections()[1] + Answers()[1];
        Assert.NotEmpty(await UnprintedAsync(section.Replace("0.8117 %", "0.8118 %", StringComparison.Ordinal)));
        Assert.NotEmpty(await UnprintedAsync(section.Replace("after 100.93 ms", "after 100.94 ms", StringComparison.Ordinal)));
    }

    /// <summary>What a section shows or says and its commands do not print.</summary>
    private static async Task<List<string>> UnprintedAsync(string section, int exitCode = ExitCode.Confirmed)
    {
        var printed = new StringBuilder();
        foreach (string command in Blocks(section, "sh").SelectMany(static block => block.Split('\n')))
        {
            Assert.StartsWith("aldis ", command, StringComparison.Ordinal);
            Run run = await Run.AldisAsync(command.Split(' ')[1..]);
            printed.Append(run.Ends(exitCode).Output);
        }

        string output = printed.Replace('\u00A0', ' ').ToString();
        var missing = new List<string>();
        int position = 0;
        foreach (string line in Blocks(section, "text").SelectMany(static block => block.Split('\n')))
        {
            int found = output.IndexOf(line + "\n", position, StringComparison.Ordinal);
            if (found < 0)
            {
                missing.Add(line);
            }

            position = found < 0 ? position : found + line.Length;
        }

        string answer = section[Math.Max(0, section.IndexOf("**Question.**", StringComparison.Ordinal))..];
        missing.AddRange(DecimalNumber().Matches(answer).Select(static m => m.Value)
            .Where(figure => !output.Contains(figure, StringComparison.Ordinal)));
        return missing;
    }

    private static IEnumerable<string> Blocks(string section, string language) =>
        Regex.Matches(section, $"```{language}\n(.*?)\n```", RegexOptions.Singleline, TimeSpan.FromSeconds(5))
            .Select(static m => m.Groups[1].Value);

    private static string[] Sections() => [.. AllSections().Where(static section => char.IsAsciiDigit(section[0]))];

    private static string[] Answers() => AllSections("lab-answers.md")[1..];

    private static string TitleOf(string section) => section.Split('\n')[0];

    private static IEnumerable<string> SectionsOf(string title) =>
        AllSections().Where(section => section.StartsWith(title + "\n", StringComparison.Ordinal));

    private static string[] AllSections(string page = "lab.md")
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Aldis.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        string guide = File.ReadAllText(Path.Combine(folder!, "docs", page)).ReplaceLineEndings("\n");
        return Regex.Split(guide, "^## ", RegexOptions.Multiline, TimeSpan.FromSeconds(5));
    }

    /// <summary>Such as 100.93, but not the section of a standard.</summary>
    [GeneratedRegex(@"(?<![\d.])\d+\.\d+(?![\d.]*\d)", RegexOptions.None, 5000)]
    private static partial Regex DecimalNumber();
}

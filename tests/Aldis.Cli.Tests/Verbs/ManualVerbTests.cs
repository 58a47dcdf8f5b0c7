using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Aldis.Cli.Manual;
using Aldis.Cli.Terminal;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Cli.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>The manual says what the help says, of every verb, those to come included.</summary>
public sealed class ManualVerbTests
{
    public static TheoryData<string> Verbs => [.. Root().Subcommands.Select(static verb => verb.Name).Prepend(string.Empty)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_page_that_man_shows_has_every_word_of_the_help(string verb)
    {
        Assert.Empty(MissingFrom(await ShowAsync(await PageAsync(verb)), await HelpAsync(verb)));
    }

    [Fact]
    public async Task A_word_that_the_help_has_and_the_page_has_not_is_noticed()
    {
        string page = (await PageAsync("ping")).Replace("how long an answer may take", "how long an answer took", StringComparison.Ordinal);
        Assert.NotEmpty(MissingFrom(await ShowAsync(page), await HelpAsync("ping")));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_page_is_set_without_a_warning(string verb)
    {
        using Process groff = Start("groff", "-man", "-Tutf8", "-ww", "-z");
        await groff.StandardInput.WriteAsync(await PageAsync(verb));
        groff.StandardInput.Close();

        // What a terminal of 80 columns cannot set evenly is no mistake of the page.
        string[] warnings = (await groff.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n');
        Assert.DoesNotContain(warnings, static line => line.Length > 0 && !line.Contains("adjust line", StringComparison.Ordinal)
            && !line.Contains("break line", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_pages_are_written_into_a_directory()
    {
        using var directory = new TemporaryDirectory();
        string folder = directory.Combine("man/man1");
        (await Run.AldisAsync("manual", "--out", folder)).Ends(ExitCode.Confirmed);
        Assert.Equal(
            Root().Subcommands.Select(static verb => $"aldis-{verb.Name}.1").Append("aldis.1").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(folder).Select(static file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        Assert.Equal(
            await PageAsync("serve"),
            await File.ReadAllTextAsync(Path.Combine(folder, "aldis-serve.1"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("manual serv", "there is no verb 'serv'; did you mean 'serve'?")]
    [InlineData("manual serve --out /tmp", "VERB and --out exclude each other")]
    [InlineData("manual --out /dev/null/pages", "the pages cannot be written into /dev/null/pages")]
    public async Task A_call_that_cannot_be_answered_says_why(string call, string sentence) =>
        (await Run.AldisAsync(call.Split(' '))).Ends(ExitCode.UsageOrLocalError, sentence);

    [Fact]
    public async Task The_help_of_the_command_says_one_line_of_each_verb()
    {
        string[] lines = (await HelpAsync(string.Empty)).Split('\n');
        foreach (Command verb in Root().Subcommands)
        {
            Assert.Contains(lines, line => Regex.IsMatch(
                line, $@"^  {verb.Name} +{Regex.Escape(VerbText.Summary(verb))}$", RegexOptions.None, TimeSpan.FromSeconds(5)));
        }
    }

    private static RootCommand Root() => AldisCommand.Build(new VerbContext(
        new CommandConsole { Input = Stream.Null, Output = Stream.Null, Error = TextWriter.Null },
        CancellationToken.None,
        CancellationToken.None));

    private static async Task<string> PageAsync(string verb) =>
        (await Run.AldisAsync(verb.Length == 0 ? ["manual"] : ["manual", verb])).Ends(ExitCode.Confirmed).Output;

    private static async Task<string> HelpAsync(string verb) =>
        (await Run.AldisAsync(verb.Length == 0 ? ["--help"] : [verb, "--help"])).Ends(ExitCode.Confirmed).Output;

    private static async Task<string> ShowAsync(string page)
    {
        // Wide enough that nothing is broken within a word.
        using Process groff = Start("groff", "-man", "-Tutf8", "-P-cbou", "-rLL=20000n", "-rHY=0");
        await groff.StandardInput.WriteAsync(page);
        groff.StandardInput.Close();
        return await groff.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static Process Start(string program, params string[] words) =>
        Process.Start(new ProcessStartInfo(PeerProgram.Require(program), words)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>The lines of a help that a page lacks. Headings, usage and the option of help itself have other forms there.</summary>
    private static List<string> MissingFrom(string page, string help)
    {
        string all = Words(Replace(page, @"aldis-(\w+)\(1\)", "$1")).ToUpperInvariant();
        return
        [
            .. help.Split('\n').Where(static line => line.StartsWith("  ", StringComparison.Ordinal)
                    && !line.Contains("--help", StringComparison.Ordinal) && !line.EndsWith(" [options]", StringComparison.Ordinal))
                .Select(static line => Words(Replace(Replace(line, "^  <[^>]*> ", string.Empty), "^(  -[^<]*)<([^<>]+)> ", "$1$2 ")))
                .Where(line => !all.Contains(line.ToUpperInvariant(), StringComparison.Ordinal)),
        ];
    }

    private static string Words(string text) => Replace(text, @"\s+", " ").Replace("…", "...", StringComparison.Ordinal).Trim();

    private static string Replace(string text, string pattern, string with) =>
        Regex.Replace(text, pattern, with, RegexOptions.None, TimeSpan.FromSeconds(5));
}

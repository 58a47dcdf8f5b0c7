using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>What holds for every option of every verb, those to come included.</summary>
public sealed class OptionTests
{
    private static readonly RootCommand Root = AldisCommand.Build(new VerbContext(
        new CommandConsole { Input = Stream.Null, Output = Stream.Null, Error = TextWriter.Null }, CancellationToken.None, CancellationToken.None));

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (Command verb in Root.Subcommands)
            {
                foreach (Option option in verb.Options.Where(static option => option.ValueType != typeof(bool)))
                {
                    all.Add(verb.Name, option.Name);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Completion_offers_only_what_is_accepted(string verb, string name)
    {
        Option option = Root.Subcommands.Single(one => one.Name == verb).Options.Single(one => one.Name == name);
        foreach (CompletionItem offered in option.GetCompletions(CompletionContext.Empty))
        {
            ParseResult call = Root.Parse([verb, name, offered.Label]);
            Assert.DoesNotContain(call.Errors, wrong => wrong.SymbolResult is OptionResult || wrong.SymbolResult?.Parent is OptionResult);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_value_is_named_in_the_help_and_not_by_a_type(string verb, string name)
    {
        Option option = Root.Subcommands.Single(one => one.Name == verb).Options.Single(one => one.Name == name);
        Assert.False(string.IsNullOrEmpty(option.HelpName), $"{verb} {name} has no name for its value");
        foreach (ParseError wrong in Root.Parse([verb, name, "~~"]).Errors)
        {
            Assert.DoesNotContain("System.", wrong.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("Aldis.", wrong.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Serve_offers_the_conversations_there_are()
    {
        Run run = await Run.AldisAsync("[suggest:6]", "serve ");
        Assert.Contains("exchange\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("--retain-age\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--plian")]
    [InlineData("-5")]
    public async Task Behind_two_dashes_everything_is_text(string text)
    {
        await using Peer echo = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("echo", echo.Address, "--", text)).Ends(ExitCode.Confirmed);
        Assert.Equal(text + "\n", run.Output);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task A_text_behind_a_flag_is_text(string text)
    {
        await using Peer echo = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("echo", echo.Address, "--quiet", text)).Ends(ExitCode.Confirmed);
        Assert.Equal(text + "\n", run.Output);
    }
}

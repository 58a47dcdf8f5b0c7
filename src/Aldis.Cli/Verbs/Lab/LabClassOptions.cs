using System.CommandLine;
using System.CommandLine.Parsing;
using Aldis.Cli.Terminal;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>The options of <c>aldis lab</c> for a class: what students are given, and what judges what they hand in.</summary>
internal sealed class LabClassOptions
{
    private readonly Option<string?> _grade = new("--grade")
    {
        HelpName = "TRACE",
        Description = "judge rule by rule whether a trace follows its strategy: what --json printed, or lines by hand; - is stdin",
    };

    /// <summary>All of them, for the command.</summary>
    public IEnumerable<Option> All => [_grade];

    /// <summary>Whether one of them is given: then no experiment runs.</summary>
    public bool AreGiven(ParseResult call) => call.GetValue(_grade) is not null;

    /// <summary>Does what is asked for.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="call">The command line.</param>
    /// <param name="experiment">The options of an experiment, of which some say more.</param>
    /// <param name="isQuiet">Whether less is printed.</param>
    /// <param name="events">Takes objects instead of text, or null.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">It cannot be done as asked.</exception>
    /// <exception cref="FormatException">What was handed in cannot be read.</exception>
    public async Task<int> RunAsync(VerbContext context, ParseResult call, LabOptions experiment, bool isQuiet, JsonEvents? events)
    {
        string trace = call.GetValue(_grade)!;
        RefuseOthers(call, _grade, "reads a trace and runs nothing", "--strategy", "--window", "--frames", "--timeout");
        return await GradeSession.RunAsync(context, trace, experiment.ReadHead(call), isQuiet, events);
    }

    /// <summary>Refuses what would be given in vain.</summary>
    private static void RefuseOthers(ParseResult call, Option asked, string does, params string[] allowed)
    {
        string[] always = [asked.Name, VerbContext.JsonName, "--quiet"];
        OptionResult? other = call.CommandResult.Children.OfType<OptionResult>()
            .FirstOrDefault(given => !given.Implicit && !always.Concat(allowed).Contains(given.Option.Name));
        if (other is not null)
        {
            throw new UsageException($"{asked.Name} {does}, so it goes without {other.Option.Name}.");
        }
    }
}

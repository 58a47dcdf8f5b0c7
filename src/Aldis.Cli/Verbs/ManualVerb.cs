using System.CommandLine;
using System.CommandLine.Completions;
using System.Reflection;
using System.Text;
using Aldis.Cli.Manual;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis manual</c>: the pages of the manual, which say what the help says.</summary>
internal static class ManualVerb
{
    public const string Examples = """
        Examples:
          aldis manual serve | man -l -                the page of a verb, where no package put it in place
          aldis manual --out ~/.local/share/man/man1   all pages, for 'man aldis' and 'man aldis-serve'
        """;

    private const string Explanation = """
        Print a page of the manual, or write all of them. They say what --help says, in the form that man reads.
        """;

    private static string Version => typeof(ManualVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion.Split('+')[0];

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="root">The command, which by the time the verb runs has all its verbs.</param>
    /// <param name="examples">The begin of each verb's help, by name.</param>
    /// <param name="exitStatus">The end of every help.</param>
    public static Command Create(VerbContext context, Command root, IReadOnlyDictionary<string, string> examples, string exitStatus)
    {
        var name = new Argument<string?>("VERB")
        {
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "VERB",
            Description = "the verb; the page of aldis itself if left out",
        };
        name.CompletionSources.Add(_ => root.Subcommands.Select(static verb => new CompletionItem(verb.Name)));
        var folder = new Option<string?>("--out")
        {
            HelpName = "DIR",
            Description = "write all pages into DIR, which is made where it is missing",
        };
        var manual = new Command("manual", Explanation) { name, folder };
        manual.SetAction(call => context.RunAsync(wantsJson: false, _ =>
        {
            var page = new ManualPage(Version, exitStatus);
            if (call.GetValue(folder) is not { } directory)
            {
                Command asked = Find(root, call.GetValue(name));
                DataOutput.Write(context.Console.Output, Encoding.ASCII.GetBytes(page.Of(asked, examples[asked.Name])));
            }
            else if (call.GetValue(name) is null)
            {
                WriteAll(root, directory, verb => page.Of(verb, examples[verb.Name]));
            }
            else
            {
                throw new UsageException("VERB and --out exclude each other: --out writes all pages.");
            }

            return Task.FromResult(ExitCode.Confirmed);
        }));
        return manual;
    }

    private static Command Find(Command root, string? name) => name is null
        ? root
        : root.Subcommands.FirstOrDefault(verb => verb.Name == name)
            ?? throw new UsageException(
                $"there is no verb '{name}'{NearestName.End(name, root.Subcommands.Select(static verb => verb.Name))}");

    private static void WriteAll(Command root, string directory, Func<Command, string> page)
    {
        try
        {
            Directory.CreateDirectory(directory);
            foreach (Command command in root.Subcommands.Prepend(root))
            {
                File.WriteAllText(Path.Combine(directory, ManualPage.NameOf(command) + ".1"), page(command), Encoding.ASCII);
            }
        }
        catch (IOException exception)
        {
            throw new UsageException($"the pages cannot be written into {directory}: {exception.Message}");
        }
    }
}

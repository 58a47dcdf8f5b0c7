using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Aldis.Cli.Completion;
using Aldis.Cli.Terminal;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis completion</c>: what a shell needs to complete this command.</summary>
internal static class CompletionVerb
{
    public const string Examples = """
        Examples:
          source <(aldis completion bash)                                for this bash; in ~/.bashrc for every one
          aldis completion zsh > ~/.zfunc/_aldis                         with ~/.zfunc in fpath, before compinit
          aldis completion fish > ~/.config/fish/completions/aldis.fish
          aldis completion pwsh | Out-String | Invoke-Expression         in $PROFILE
        """;

    private const string Explanation = """
        Print a script that has a shell complete verbs, options, names, schemes of addresses and files. The packages for Debian have it
        in place for bash, zsh and fish.
        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = "aldis.bash",
        ["zsh"] = "aldis.zsh",
        ["fish"] = "aldis.fish",
        ["pwsh"] = "aldis.ps1",
    };

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="root">The command, which by the time the verb runs has all its verbs.</param>
    public static Command Create(VerbContext context, Command root)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);

        // What the scripts ask, behind two dashes: the words behind 'aldis' up to the one that is being typed.
        var words = new Argument<string[]>("WORD") { Arity = ArgumentArity.ZeroOrMore, Hidden = true };
        var verb = new Command("completion", Explanation) { shell, words };
        verb.SetAction(call => context.RunAsync(wantsJson: false, _ =>
        {
            string[] typed = call.GetValue(words) ?? [];
            bool isAsked = call.Tokens.Any(static token => token.Type == TokenType.DoubleDash);
            string text = isAsked ? Lines(Completer.Complete(root, typed)) : Read(Scripts[call.GetValue(shell)!]);
            DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(text));
            return Task.FromResult(ExitCode.Confirmed);
        }));
        return verb;
    }

    /// <summary>An offer as the scripts read it: which files, what stands before them; then a word and its meaning on each line.</summary>
    private static string Lines(Offer offer)
    {
        string files = offer.Files switch
        {
            FileKind.Files => "files",
            FileKind.Directories => "directories",
            _ => "words",
        };
        IEnumerable<string> words = offer.Words.Select(static offered => $"{offered.Word}\t{offered.Meaning}\n");
        return $"{files}\t{offer.Prefix}\n{string.Concat(words)}";
    }

    private static string Read(string script)
    {
        using var reader = new StreamReader(typeof(CompletionVerb).Assembly.GetManifestResourceStream("Completion/" + script)!);
        return reader.ReadToEnd();
    }
}

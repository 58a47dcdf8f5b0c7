using System.CommandLine;
using System.CommandLine.Parsing;
using Aldis.Cli.Manual;
using Aldis.Cli.Verbs;
using Aldis.Protocols.Text;

namespace Aldis.Cli;

/// <summary>
/// Says in the command's own words what is wrong with a call, before any verb sees it: the one place where a word that was typed wrong is
/// kept from being taken for data. Values are named as the help names them.
/// </summary>
internal static class CallCheck
{
    private const string EndOfOptions = "--";

    /// <summary>Judges a call.</summary>
    /// <param name="call">The call, right or wrong.</param>
    /// <param name="words">What it was made of, as it was typed.</param>
    /// <returns>Sentences; none where nothing is wrong. After a wrong word there is only one: it changes what the others mean.</returns>
    public static IReadOnlyList<string> WhyNot(ParseResult call, IReadOnlyList<string> words) =>
        WhyNotWord(call, words) is string reason ? [reason] : [.. WhyNotValues(call)];

    private static string? WhyNotWord(ParseResult call, IReadOnlyList<string> words)
    {
        Command verb = call.CommandResult.Command;
        OptionResult[] options = [.. call.CommandResult.Children.OfType<OptionResult>().Where(static option => !option.Implicit)];
        string[] typed = [.. words.TakeWhile(static word => word != EndOfOptions)];
        HashSet<Token> values = new(options.SelectMany(static option => option.Tokens), ReferenceEqualityComparer.Instance);
        bool isBehindVerb = verb is RootCommand;
        foreach (Token token in call.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash))
        {
            isBehindVerb |= token.Type == TokenType.Command;
            if (!isBehindVerb && LooksLikeOption(token.Value, verb) && NamesOf(verb).Contains(token.Value))
            {
                return $"'{token.Value}' is an option of {verb.Name}, and stands behind the verb: aldis {verb.Name} {token.Value} ….";
            }

            if (token.Type == TokenType.Argument && !values.Contains(token) && (verb is RootCommand || LooksLikeOption(token.Value, verb)))
            {
                return LooksLikeOption(token.Value, verb) ? NoSuchOption(verb, token.Value) : TooManyWords(call, verb, token.Value);
            }
        }

        if (typed.FirstOrDefault(word => IsWrongBundle(word, verb)) is string bundle)
        {
            return NoSuchOption(verb, bundle);
        }

        foreach (OptionResult option in options)
        {
            if (option.Option.Arity.MaximumNumberOfValues == 0 && ValueOfFlag(option, typed) is string value)
            {
                return $"{option.Option.Name} takes no value, and '{value}' is one.";
            }

            // In one word, --outbox=--here, it is meant.
            if ((option.Option.ValueType == typeof(string) || option.Option.ValueType == typeof(string[])) && option.Tokens.Select(static token => token.Value)
                .FirstOrDefault(text => LooksLikeOption(text, verb) && typed.Contains(text)) is string swallowed)
            {
                return $"{option.Option.Name} needs a value, and '{swallowed}' looks like an option: "
                    + $"if it is the value, write {option.Option.Name}={swallowed}.";
            }
        }

        return call.UnmatchedTokens.Count > 0 ? TooManyWords(call, verb, call.UnmatchedTokens[0]) : null;
    }

    /// <summary>Whether a word is no data: it begins like an option, or is the name of one behind a dash that a word processor made.</summary>
    private static bool LooksLikeOption(string word, Command verb) => word.Length > 1 && (word[0] == '-'
        || (word[0] is '‐' or '‑' or '‒' or '–' or '—' or '−' && NamesOf(verb).Contains("--" + word.TrimStart(word[0]))));

    /// <summary>Whether a word such as <c>-qx</c> is a flag with something behind it that is none: the parser takes that for data.</summary>
    private static bool IsWrongBundle(string word, Command verb)
    {
        if (word.Length < 3 || word[0] != '-' || word[1] == '-' || word[2] is '=' or ':')
        {
            return false;
        }

        for (int at = 1; at < word.Length; at++)
        {
            Option? option = verb.Options.FirstOrDefault(option => option.Aliases.Contains("-" + word[at]));
            if (option is null || option.Arity.MaximumNumberOfValues > 0)
            {
                return option is null && at > 1;
            }
        }

        return false;
    }

    private static string NoSuchOption(Command verb, string word)
    {
        string name = word[0] == '-' ? word.Split('=', ':')[0] : "--" + word.TrimStart(word[0]);
        string hint = NearestName.End(name, NamesOf(verb));
        string data = DataOf(verb) is string what ? $" ({what}: put -- before it.)" : string.Empty;
        return $"{NameOf(verb)} has no option '{word.Split('=')[0]}'{hint}{data}";
    }

    private static string? DataOf(Command verb)
    {
        if (TakesText(verb))
        {
            return "As text";
        }

        return verb.Arguments.Any(static argument => argument.Name.StartsWith("FILE", StringComparison.Ordinal)) ? "As a file" : null;
    }

    private static bool TakesText(Command verb) => verb.Arguments.Any(static argument => argument.Name == ClientArguments.PayloadName);

    private static string TooManyWords(ParseResult call, Command verb, string word)
    {
        if (verb is RootCommand)
        {
            return $"there is no verb '{word}'{NearestName.End(word, verb.Subcommands.Select(static one => one.Name))}";
        }

        string shape = VerbText.Shape(verb);
        string hint = NearestName.Find(word, NamesOf(verb)) is string option ? $" Did you mean {option}?" : string.Empty;
        string quotes = TakesText(verb) ? " A text with spaces stands in quotes." : string.Empty;
        return shape.Length == 0
            ? $"{verb.Name} takes options alone, and '{word}' is none.{hint}"
            : $"{verb.Name} takes {shape} and no more: '{word}' is one word too many.{quotes}{hint}";
    }

    private static string? ValueOfFlag(OptionResult option, string[] typed)
    {
        string[] names = [option.Option.Name, .. option.Option.Aliases];
        return typed.FirstOrDefault(word => names.Any(name =>
            word.StartsWith(name, StringComparison.Ordinal) && word.Length > name.Length && word[name.Length] is '=' or ':')) is string given
            ? given[(given.IndexOfAny(['=', ':']) + 1)..]
            : null;
    }

    private static IEnumerable<string> WhyNotValues(ParseResult call)
    {
        Command verb = call.CommandResult.Command;
        string[] own =
        [
            .. call.CommandResult.Children.OfType<OptionResult>().Select(static option => WhyNotOption(option)).OfType<string>(),
            .. call.CommandResult.Children.OfType<ArgumentResult>().Select(argument => WhyNotArgument(argument, verb)).OfType<string>(),
        ];
        return own.Length > 0 ? own : call.Errors.Select(static wrong => wrong.Message);
    }

    private static string? WhyNotOption(OptionResult result)
    {
        Option option = result.Option;
        if (!result.Implicit && result.Tokens.Count < option.Arity.MinimumNumberOfValues)
        {
            return $"{option.Name} needs a value: {option.Name} {option.HelpName}.";
        }

        bool isOnce = option.Arity.MaximumNumberOfValues == 1;
        return result.Tokens.Count > option.Arity.MaximumNumberOfValues || (isOnce && result.IdentifierTokenCount > 1 && result.Tokens.Count > 1)
            ? $"{option.Name} is given {result.IdentifierTokenCount} times, and takes one {option.HelpName}."
            : null;
    }

    private static string? WhyNotArgument(ArgumentResult result, Command verb) =>
        result.Tokens.Count < result.Argument.Arity.MinimumNumberOfValues ? $"{verb.Name} needs {VerbText.Shape(verb)}." : null;

    private static string NameOf(Command verb) => verb is RootCommand ? "aldis" : verb.Name;

    private static IEnumerable<string> NamesOf(Command verb) =>
        verb.Options.Concat(verb.Parents.OfType<Command>().SelectMany(static parent => parent.Options.Where(static option => option.Recursive)))
            .SelectMany(static option => option.Aliases.Prepend(option.Name));
}

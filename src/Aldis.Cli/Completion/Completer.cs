using System.CommandLine;
using System.CommandLine.Completions;
using Aldis.Cli.Conversations;
using Aldis.Cli.Manual;
using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Completion;

/// <summary>
/// Finds what can stand where a command line is being typed. What a value is follows from what the help calls it, so that a new option
/// needs nothing here.
/// </summary>
internal static class Completer
{
    private const string EndOfOptions = "--";

    /// <summary>Finds it.</summary>
    /// <param name="root">The command.</param>
    /// <param name="words">What is typed behind its name; the last word, empty perhaps, is the one that is completed.</param>
    /// <returns>Only what begins as the last word does.</returns>
    public static Offer Complete(Command root, IReadOnlyList<string> words)
    {
        string current = words.Count == 0 ? string.Empty : words[^1];
        if (words.Count <= 1)
        {
            return IsOption(current) ? Options(root, [], current) : Beginning(current, root.Subcommands.Where(static verb => !verb.Hidden)
                .Select(static verb => (verb.Name, VerbText.Summary(verb))));
        }

        return root.Subcommands.FirstOrDefault(verb => verb.Name == words[0]) is { } known
            ? Complete(known, [.. words.Skip(1).SkipLast(1)], current)
            : Offer.Nothing;
    }

    private static Offer Complete(Command verb, string[] before, string current)
    {
        var given = new HashSet<Option>();
        Option? open = null;
        int missing = 0;
        int arguments = 0;
        bool isBehindOptions = false;
        foreach (string word in before)
        {
            if (missing > 0)
            {
                missing--;
            }
            else if (!isBehindOptions && word == EndOfOptions)
            {
                isBehindOptions = true;
            }
            else if (!isBehindOptions && IsOption(word))
            {
                open = Find(verb, word.Split('=')[0]);
                missing = open is null || word.Contains('=', StringComparison.Ordinal) ? 0 : open.Arity.MinimumNumberOfValues;
                _ = open is not null && given.Add(open);
            }
            else
            {
                arguments++;
            }
        }

        if (missing > 0)
        {
            return Values(open!.HelpName, open.GetCompletions(CompletionContext.Empty), current, string.Empty, arguments);
        }

        if (isBehindOptions || !IsOption(current))
        {
            return ArgumentAt(verb, arguments) is { } argument
                ? Values(argument.Name, argument.GetCompletions(CompletionContext.Empty), current, string.Empty, arguments)
                : Offer.Nothing;
        }

        int equals = current.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return Options(verb, given, current);
        }

        string name = current[..equals];
        return Find(verb, name) is { Arity.MaximumNumberOfValues: > 0 } option
            ? Values(option.HelpName, option.GetCompletions(CompletionContext.Empty), current[(equals + 1)..], name + '=', arguments)
            : Offer.Nothing;
    }

    private static bool IsOption(string word) => word.Length > 0 && word[0] == '-';

    private static Option? Find(Command verb, string name) =>
        verb.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));

    /// <summary>The argument that takes a word, given how many came before it.</summary>
    private static Argument? ArgumentAt(Command verb, int before)
    {
        foreach (Argument argument in verb.Arguments.Where(static argument => !argument.Hidden))
        {
            if (before < argument.Arity.MaximumNumberOfValues)
            {
                return argument;
            }

            before -= argument.Arity.MaximumNumberOfValues;
        }

        return null;
    }

    /// <summary>The options of a verb that were not given, or may be given again.</summary>
    private static Offer Options(Command verb, HashSet<Option> given, string current) => Beginning(current, verb.Options
        .Where(option => !option.Hidden && (option.Arity.MaximumNumberOfValues > 1 || !given.Contains(option)))
        .Select(static option => (option.Name, VerbText.Summary(option))));

    /// <summary>What a value may be, by what the help calls it.</summary>
    private static Offer Values(string? name, IEnumerable<CompletionItem> choices, string current, string prefix, int before) => name switch
    {
        "FILE" or "A.json B.json" => new Offer([], FileKind.Files, prefix),
        "DIR" => new Offer([], FileKind.Directories, prefix),
        "ADDRESS" or "ADDR" or "LISTEN" or "TARGET" or "HOST" => Addresses(current, prefix),
        "URL" => Beginning(prefix + current, [(prefix + "postgres://", string.Empty)]),
        "NAME[=ADDRESS]" => Served(current),

        // The first is a file or an address to fetch from; an address ends the line.
        "FILE|DIR... ADDRESS" => Addresses(current, prefix) with { Files = FileKind.Files, Prefix = before == 0 ? prefix : string.Empty },
        _ => Beginning(prefix + current, choices.Select(choice => (prefix + choice.Label, string.Empty))),
    };

    private static Offer Served(string current)
    {
        int equals = current.IndexOf('=', StringComparison.Ordinal);
        return equals >= 0
            ? Addresses(current[(equals + 1)..], current[..(equals + 1)])
            : Beginning(current, KnownConversations.All.SelectMany(static one => new[]
            {
                (one.Name, $"at its default address, port {one.DefaultPort}"),
                (one.Name + "=", "at an address"),
            }));
    }

    private static Offer Addresses(string current, string prefix)
    {
        (string Begin, bool IsFile)[] schemes =
        [
            .. Enum.GetValues<TransportScheme>().Select(static scheme => scheme is TransportScheme.Unix or TransportScheme.UnixSeqpacket
                or TransportScheme.UnixDatagram
                ? (EndpointAddress.SchemeName(scheme) + ":", true)
                : (EndpointAddress.SchemeName(scheme) + "://", false)),
        ];
        string? unix = schemes.Where(static scheme => scheme.IsFile).Select(static scheme => scheme.Begin)
            .FirstOrDefault(begin => current.StartsWith(begin, StringComparison.Ordinal));
        return unix is not null
            ? new Offer([], FileKind.Files, prefix + unix)
            : Beginning(prefix + current, schemes.Select(scheme => (prefix + scheme.Begin, string.Empty)));
    }

    private static Offer Beginning(string current, IEnumerable<(string Word, string Meaning)> words) =>
        new([.. words.Where(offered => offered.Word.StartsWith(current, StringComparison.Ordinal))]);
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;

namespace Aldis.Cli;

/// <summary>
/// Refuses arguments that would not mean what they were given as: names and addresses that are not UTF-8, and messages whose bytes
/// the system does not tell.
/// </summary>
internal static class ArgumentCheck
{
    /// <summary>Says what is wrong with the bytes of a call.</summary>
    /// <param name="call">The call, right or wrong.</param>
    /// <returns>A sentence, or null where nothing is wrong.</returns>
    public static string? WhyNot(ParseResult call)
    {
        foreach (SymbolResult child in call.CommandResult.Children)
        {
            bool isPayload = child is ArgumentResult { Argument.Name: ClientArguments.PayloadName };
            if (child.Tokens.Select(token => isPayload ? WhyNotPayload(token.Value) : WhyNotText(token.Value))
                .FirstOrDefault(static reason => reason is not null) is string reason)
            {
                return reason;
            }
        }

        return call.UnmatchedTokens.Select(WhyNotText).FirstOrDefault(static reason => reason is not null);
    }

    private static string? WhyNotPayload(string word) => ArgumentText.IsKnown(word)
        ? null
        : $"'{ArgumentText.Show(word)}' was not given as UTF-8, and what it was given as cannot be known here: "
            + "give the text on standard input, which is sent byte for byte.";

    private static string? WhyNotText(string word) => ArgumentText.IsText(word)
        ? null
        : $"'{ArgumentText.Show(word)}' is not UTF-8, which names and addresses must be: rename it, "
            + "or let the shell open the file and name /dev/stdin in its place.";
}

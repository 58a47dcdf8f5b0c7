using System.Text;
using System.Text.RegularExpressions;
using Aldis.Journal.Embedded;

namespace Aldis.Cli.Verbs.Log;

/// <summary>Which of the messages that a query reads are wanted.</summary>
/// <param name="Until">Only those received before then; null for all.</param>
/// <param name="Pattern">Only those whose text it matches; null for all.</param>
internal sealed record LogFilter(DateTimeOffset? Until, Regex? Pattern)
{
    /// <summary>Reads a pattern.</summary>
    /// <param name="text">A regular expression, or null.</param>
    /// <returns>One whose time grows with the text alone, because the text is anybody's.</returns>
    /// <exception cref="UsageException">It is none.</exception>
    public static Regex? Read(string? text)
    {
        try
        {
            return text is null ? null : new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException)
        {
            throw new UsageException(
                $"--grep '{text}' looks around or refers back, which takes a time without bound; write it as a plain regular expression.");
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"--grep takes a regular expression: {exception.Message.TrimEnd('.')}.");
        }
    }

    /// <summary>Judges a message; what is not UTF-8 in it matches nothing but <c>.</c>.</summary>
    public bool IsWanted(JournalMessage message) => (Until is not { } until || message.ReceivedAt < until)
        && (Pattern is null || Pattern.IsMatch(Encoding.UTF8.GetString(message.Payload.Span)));
}

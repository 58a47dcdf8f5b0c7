using Aldis.Protocols.Text;
using Microsoft.Extensions.Logging;

namespace Aldis.Cli.Logging;

/// <summary>
/// From which level on a category is logged: a level for all, and others for those that begin with a name, of which the longest counts.
/// Thread-safe: the rules may be replaced while a server runs.
/// </summary>
internal sealed class LogLevels
{
    /// <summary>What a category of ours begins with; rules may leave it out (<c>messages</c> is <c>Aldis.messages</c>).</summary>
    public const string Ours = "Aldis.";

    private static readonly string[] Names = [.. Enum.GetNames<LogLevel>().Select(static name => name.ToLowerInvariant())];

    private volatile Rules _rules;

    private LogLevels(Rules rules) => _rules = rules;

    /// <summary>Reads rules.</summary>
    /// <param name="words">Each a level, or a category and its level: <c>warning</c>, <c>messages=debug</c>.</param>
    /// <exception cref="FormatException">One is none; the message is one sentence.</exception>
    public static LogLevels Parse(IEnumerable<string> words) => new(Read(words));

    /// <summary>What is wrong with a rule.</summary>
    /// <param name="word">The rule.</param>
    /// <returns>The end of a sentence that begins with its place; null where it is one.</returns>
    public static string? WhyNot(string word)
    {
        string level = word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return TryReadLevel(level, out _) && !word.StartsWith('=') ? null
            : $"takes a level or CATEGORY=LEVEL, and '{word}' is none: levels are {string.Join(", ", Names)}{NearestName.End(level, Names)}";
    }

    /// <summary>Lets other rules count.</summary>
    /// <param name="next">They.</param>
    public void Change(LogLevels next) => _rules = next._rules;

    /// <summary>Whether a record is written.</summary>
    /// <param name="category">Its category.</param>
    /// <param name="level">Its level.</param>
    public bool IsEnabled(string category, LogLevel level)
    {
        Rules rules = _rules;
        LogLevel least = rules.All;
        int length = -1;
        foreach ((string beginning, LogLevel own) in rules.Own)
        {
            if (beginning.Length > length && (IsBeginning(category, beginning) || IsBeginning(category, Ours + beginning)))
            {
                length = beginning.Length;
                least = own;
            }
        }

        return level >= least && level != LogLevel.None;
    }

    private static bool IsBeginning(string category, string beginning) =>
        category.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)
        && (category.Length == beginning.Length || category[beginning.Length] == '.');

    private static Rules Read(IEnumerable<string> words)
    {
        LogLevel all = LogLevel.Information;
        var own = new List<(string, LogLevel)>();
        foreach (string word in words)
        {
            if (WhyNot(word) is string why)
            {
                throw new FormatException(why);
            }

            int equals = word.IndexOf('=', StringComparison.Ordinal);
            _ = TryReadLevel(word[(equals + 1)..], out LogLevel level);
            if (equals < 0)
            {
                all = level;
            }
            else
            {
                own.Add((word[..equals], level));
            }
        }

        return new Rules(all, own);
    }

    // Not Enum.TryParse: it takes numbers too.
    private static bool TryReadLevel(string text, out LogLevel level)
    {
        int index = Array.FindIndex(Names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        level = index < 0 ? LogLevel.None : (LogLevel)index;
        return index >= 0;
    }

    private sealed record Rules(LogLevel All, IReadOnlyList<(string Beginning, LogLevel Level)> Own);
}

using System.CommandLine;
using System.CommandLine.Parsing;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>A setting of several texts: an option that may be given several times, or the words of the command line. Those of one source
/// take the place of all of another. As one text they are parted by line feeds.</summary>
/// <param name="key">Its key.</param>
/// <param name="symbol">The option or argument.</param>
/// <param name="variable">What its environment variable is called, which has words between spaces; made of the option's name if left out.</param>
/// <param name="whyNot">Judges one word: the end of a sentence that begins with its place, or null.</param>
internal sealed class WordsSetting(string key, Symbol symbol, string? variable = null, Func<string, string?>? whyNot = null)
    : Setting(key, SettingKind.Words)
{
    /// <inheritdoc/>
    public override Symbol Symbol => symbol;

    /// <inheritdoc/>
    public override string Variable => variable ?? base.Variable;

    /// <summary>Parts the text of several.</summary>
    public static string[] Split(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Joins several to one text.</summary>
    public static string Join(IEnumerable<string> words) => string.Join('\n', words);

    /// <inheritdoc/>
    public override string? Said(ParseResult call)
    {
        IReadOnlyList<Token> tokens = call.GetResult(symbol) switch
        {
            OptionResult { Implicit: false } option => option.Tokens,
            ArgumentResult argument => argument.Tokens,
            _ => [],
        };
        return tokens.Count == 0 ? null : Join(tokens.Select(static token => token.Value));
    }

    /// <inheritdoc/>
    public override string? WhyNot(string text, string place) =>
        whyNot is not null && Split(text).Select(whyNot).FirstOrDefault(static end => end is not null) is string end ? $"{place} {end}" : null;
}

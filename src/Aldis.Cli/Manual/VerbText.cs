using System.CommandLine;

namespace Aldis.Cli.Manual;

/// <summary>What a verb says of itself, in pieces: help, manual, completion and the answer to a wrong call take it from here.</summary>
internal static class VerbText
{
    private static readonly string[] Ends = [". ", "; ", " ("];

    /// <summary>The first statement of what a verb or an option says of itself, without the mark at its end.</summary>
    /// <param name="symbol">The verb or the option.</param>
    /// <returns>One line; empty where nothing is said.</returns>
    public static string Summary(Symbol symbol)
    {
        string paragraph = (symbol.Description ?? string.Empty).Split("\n\n")[0].ReplaceLineEndings(" ");
        int end = Ends.Select(mark => paragraph.IndexOf(mark, StringComparison.Ordinal)).Where(static found => found > 0)
            .DefaultIfEmpty(paragraph.Length).Min();
        return paragraph[..end].TrimEnd('.');
    }

    /// <summary>The words a verb takes, as its usage line has them.</summary>
    /// <param name="verb">The verb.</param>
    /// <returns>For example <c>ADDRESS [TEXT…]</c>; empty where it takes none.</returns>
    public static string Shape(Command verb) =>
        string.Join(' ', verb.Arguments.Where(static argument => !argument.Hidden).Select(static argument =>
            (argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name)
                + (argument.Arity.MaximumNumberOfValues > 2 && !argument.Name.Contains(' ', StringComparison.Ordinal) ? "…" : string.Empty)));

    /// <summary>How an option is written: its short names first, and what its value is called.</summary>
    /// <param name="option">The option.</param>
    /// <returns>Its names, and its value or null.</returns>
    public static (IReadOnlyList<string> Names, string? Value) Spelling(Option option) =>
        ([.. option.Aliases.Append(option.Name).OrderBy(static name => name.Length)], option.HelpName);

    /// <summary>What the help says of an option or an argument, its default included.</summary>
    /// <param name="symbol">One of either.</param>
    public static string Description(Symbol symbol)
    {
        object? otherwise = symbol switch
        {
            Option { HasDefaultValue: true, Arity.MaximumNumberOfValues: > 0 } option => option.GetDefaultValue(),
            Argument { HasDefaultValue: true } argument => argument.GetDefaultValue(),
            _ => null,
        };
        return otherwise is null ? symbol.Description ?? string.Empty : $"{symbol.Description} [default: {otherwise}]";
    }
}

using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs;

/// <summary>Options whose values are numbers, times or names. A wrong one is answered in the words of the help, and completion offers the names.</summary>
internal static class TypedOption
{
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(36_500);
    private static readonly string[] UniversalTime = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];
    private static readonly string[] OffsetTime = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    /// <summary>An option that takes a whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="helpName">What the help calls the number.</param>
    /// <param name="description">What it means.</param>
    /// <param name="least">The least it may be.</param>
    /// <param name="aliases">Its other names.</param>
    public static Option<T?> Whole<T>(string name, string helpName, string description, T least, params string[] aliases)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => Whole(name, helpName, description, least, T.MaxValue, aliases);

    /// <inheritdoc cref="Whole{T}(string, string, string, T, string[])"/>
    /// <param name="most">The most it may be.</param>
    public static Option<T?> Whole<T>(string name, string helpName, string description, T least, T most, params string[] aliases)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => new(name, aliases)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out T number) && number >= least && number <= most)
                {
                    return number;
                }

                string range = text.All(char.IsAsciiDigit) && text.Length > 1 ? $"of at most {most}" : $"{helpName}, {least} or more";
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a whole number {range}, not '{text}'."));
                return null;
            },
        };

    /// <summary>An option that takes a size in bytes.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="such">How sizes are described that it may be, such as <c>such as 500M or 20G</c>.</param>
    /// <param name="least">The least it may be.</param>
    /// <param name="most">The most it may be.</param>
    public static Option<long?> Size(string name, string description, string such, long least = 1, long most = long.MaxValue) => new(name)
    {
        HelpName = "SIZE",
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Quantity.TryParseSize(text, out long size) && size >= least && size <= most)
            {
                return size;
            }

            result.AddError($"{name} takes a size {such}, not '{text}'.");
            return null;
        },
    };

    /// <summary>An option that takes an age, up to a century.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="helpName">What the help calls it.</param>
    /// <param name="description">What it means.</param>
    /// <param name="such">Two that it may be, such as <c>12h or 7d</c>.</param>
    public static Option<TimeSpan?> Age(string name, string helpName, string description, string such) => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Quantity.TryParseDuration(text, out TimeSpan age, LongestAge) && age > TimeSpan.Zero)
            {
                return age;
            }

            result.AddError($"{name} takes a time such as {such}, not '{text}'{UnitText.EndWithoutUnit(text, "h", "d")}");
            return null;
        },
    };

    /// <summary>An option that takes a point in time.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="clock">What now is.</param>
    public static Option<DateTimeOffset?> Moment(string name, string description, TimeProvider clock) => new(name)
    {
        HelpName = "TIME",
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (TryParseMoment(text, clock, out DateTimeOffset moment))
            {
                return moment;
            }

            result.AddError($"{name} takes a time such as 2026-05-01T06:00:00Z or a duration such as 2h, not '{text}'"
                + UnitText.EndWithoutUnit(text, "m", "h"));
            return null;
        },
    };

    /// <summary>Reads a point in time.</summary>
    /// <param name="text">RFC 3339 section 5.6 with at most seven digits of a second, or a duration before now.</param>
    /// <param name="clock">What now is.</param>
    /// <param name="moment">The time.</param>
    /// <returns>Whether it is one.</returns>
    internal static bool TryParseMoment(string text, TimeProvider clock, out DateTimeOffset moment)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (DateTimeOffset.TryParseExact(text, UniversalTime, culture, DateTimeStyles.AssumeUniversal, out moment)
            || DateTimeOffset.TryParseExact(text, OffsetTime, culture, DateTimeStyles.None, out moment))
        {
            return true;
        }

        bool isAgo = Quantity.TryParseDuration(text, out TimeSpan ago);
        moment = isAgo ? clock.GetUtcNow() - ago : default;
        return isAgo;
    }

    /// <summary>An option that takes one of a few names.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="helpName">What the help calls the value.</param>
    /// <param name="description">What it means.</param>
    /// <param name="choices">The names, two or more, and what they stand for; the case of letters counts for nothing.</param>
    public static Option<T?> Choice<T>(string name, string helpName, string description, params (string Name, T Value)[] choices)
        where T : struct
    {
        string[] names = [.. choices.Select(static choice => choice.Name)];
        var option = new Option<T?>(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                int chosen = Array.FindIndex(names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
                if (chosen >= 0)
                {
                    return choices[chosen].Value;
                }

                string either = $"{string.Join(", ", names[..^1])} or {names[^1]}";
                result.AddError($"{name} takes {either}, not '{text}'{NearestName.End(text, names)}");
                return null;
            },
        };

        // In place of the names of the type's values, which the command line does not know.
        option.CompletionSources.Clear();
        option.CompletionSources.Add(names);
        return option;
    }
}

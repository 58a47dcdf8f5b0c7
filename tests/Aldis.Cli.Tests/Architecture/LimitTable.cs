using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>
/// The table of limits in docs/ARCHITECTURE.md, held against the code: every number in the column "limit" is one that the code has, and what
/// the column "where" names is there.
/// </summary>
/// <param name="rows">For each row how its first cell begins, and what its numbers are, in the order in which they stand there.</param>
/// <param name="options">The options of <c>aldis serve</c> and of addresses, as the table spells them.</param>
internal sealed partial class LimitTable(IReadOnlyList<LimitRow> rows, IReadOnlyCollection<string> options)
{
    private const BindingFlags Anything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    /// <summary>Says what is wrong with the table of a document.</summary>
    /// <returns>Nothing where it agrees with the code.</returns>
    public IEnumerable<string> WrongWith(string document)
    {
        string[][] table = Read(document);
        foreach (LimitRow row in rows.Where(row => !table.Any(cells => row.IsOf(cells[0]))))
        {
            yield return $"no row of the table begins with '{row.What}'";
        }

        foreach (string[] cells in table)
        {
            LimitRow[] found = [.. rows.Where(row => row.IsOf(cells[0]))];
            if (found.Length != 1)
            {
                yield return $"'{cells[0]}' is checked by {found.Length} rows: add one to LimitTableTests, or make its beginning longer";
                continue;
            }

            foreach (string fault in WrongWith(cells, found[0]))
            {
                yield return fault;
            }
        }
    }

    /// <summary>The cells of the table, row by row.</summary>
    private static string[][] Read(string document)
    {
        string[] lines = document.Split('\n');
        int head = Array.IndexOf(lines, "| what | limit | where |");
        Assert.True(head >= 0, "docs/ARCHITECTURE.md has no table of limits");
        return [.. lines.Skip(head + 2).TakeWhile(static line => line.StartsWith('|')).Select(static line => line.Trim('|', ' ').Split(" | "))];
    }

    private IEnumerable<string> WrongWith(string[] cells, LimitRow row)
    {
        if (cells.Length != 3)
        {
            yield return $"'{cells[0]}' has {cells.Length} cells";
            yield break;
        }

        Match[] numbers = [.. Number().Matches(cells[1]).Cast<Match>()];
        if (numbers.Length != row.Numbers.Count)
        {
            yield return $"'{cells[0]}' has {numbers.Length} numbers ({string.Join("; ", numbers.Select(static number => number.Value))}), "
                + $"of which {row.Numbers.Count} are checked";
        }

        foreach ((Match written, object number) in numbers.Zip(row.Numbers))
        {
            object? value = number is string name ? Share(name.Split(" / ")) : number;
            if (value is null)
            {
                yield return $"'{cells[0]}': the code has no {number}";
            }
            else if (!Says(written, value))
            {
                yield return $"'{cells[0]}' says {written.Value}, where the code has {value} ({number})";
            }
        }

        IEnumerable<string> named = Names(cells[2]).Concat(Names(cells[1]).Where(IsOption));
        foreach (string name in named.Where(name => !IsThere(name)))
        {
            yield return $"'{cells[0]}' names {name}, which is not there";
        }
    }

    // '--option' and '?option=' as serve has them, 'Aldis:Key' of a configuration, a type or a member with folders before it.
    private bool IsThere(string name) =>
        IsOption(name) ? options.Contains(name)
        : name.StartsWith("Aldis:", StringComparison.Ordinal) ? ValueOf("ConnectionLimits." + name["Aldis:".Length..]) is not null
        : name.Split('/')[^1].Split('.') is var parts && FindType(parts[0]) is { } type
            && (parts.Length == 1 || type.GetMember(parts[1], Anything).Length > 0);

    private static bool IsOption(string name) => name.StartsWith('-') || name.StartsWith('?');

    private static IEnumerable<string> Names(string cell) => Quoted().Matches(cell).Select(static match => match.Groups["name"].Value);

    private static bool Says(Match written, object value)
    {
        string digits = written.Groups["digits"].Value;
        if (value is UnixFileMode mode)
        {
            return digits == $"0{Convert.ToString((int)mode, 8)}";
        }

        decimal number = decimal.Parse(digits, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        string unit = written.Groups["unit"].Value;
        return value is TimeSpan time
            ? Seconds(unit) is decimal seconds && number * seconds == (decimal)time.TotalSeconds
            : number * Bytes(unit) == Convert.ToDecimal(value, CultureInfo.InvariantCulture);
    }

    private static decimal? Seconds(string unit) => unit switch { "ms" => 0.001m, "s" => 1, "min" => 60, "h" => 3600, "d" => 86_400, _ => null };

    private static decimal? Bytes(string unit) =>
        unit switch { "KiB" => 1L << 10, "MiB" => 1L << 20, "GiB" => 1L << 30, "bytes" or "" => 1, _ => null };

    /// <summary>A constant, or what a type has unless somebody says otherwise; null where there is none.</summary>
    private static object? ValueOf(string name)
    {
        string[] parts = name.Split('.');
        if (FindType(parts[0]) is not { } type || type.GetMember(parts[1], Anything).FirstOrDefault() is not { } member)
        {
            return null;
        }

        object? value = member switch
        {
            FieldInfo field => field.GetValue(field.IsStatic ? null : Default(type)),
            PropertyInfo property => property.GetValue(property.GetMethod!.IsStatic ? null : Default(type)),
            _ => null,
        };
        return value switch
        {
            IEnumerable<TimeSpan> times => TimeSpan.FromSeconds(Math.Ceiling(times.Sum(static time => time.TotalSeconds))),
            ICollection many => many.Count,
            _ when parts[1].EndsWith("Ns", StringComparison.Ordinal) || parts[1].EndsWith("Nanoseconds", StringComparison.Ordinal) =>
                TimeSpan.FromTicks(Convert.ToInt64(value, CultureInfo.InvariantCulture) / TimeSpan.NanosecondsPerTick),
            _ => value,
        };
    }

    private static object? Share(string[] parts) => parts.Length == 1 ? ValueOf(parts[0])
        : ValueOf(parts[0]) is { } whole
            ? Convert.ToInt64(whole, CultureInfo.InvariantCulture) / long.Parse(parts[1], CultureInfo.InvariantCulture)
            : null;

    private static object Default(Type type)
    {
        ConstructorInfo constructor = type.GetConstructors().OrderBy(static each => each.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(static parameter => parameter.HasDefaultValue ? parameter.DefaultValue : null)]);
    }

    private static Type? FindType(string name) =>
        ArchitectureDocument.Rooms.SelectMany(static room => room.GetTypes()).FirstOrDefault(type => type.Name == name);

    // Of '/64', 'IPv6' and 'decision 6' the digits are a name's.
    [GeneratedRegex(@"(?<![\w/:.`-]|decision )(?<digits>\d[\d,]*(\.\d+)?)(?<!,)(?! ?%)( (?<unit>KiB|MiB|GiB|bytes|ms|s|min|h|d)\b)?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();
}

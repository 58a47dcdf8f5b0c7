using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Bench;

/// <summary>Two reports side by side: what both have, and how many times as much the second has of it.</summary>
internal static class ReportComparison
{
    /// <summary>What both reports measured.</summary>
    /// <param name="first">The last object of a report, as <c>--json</c> prints it.</param>
    /// <param name="second">That of another.</param>
    /// <returns>A row for each number that stands at the same place in both.</returns>
    /// <exception cref="FormatException">They are of different kinds; the message is one sentence.</exception>
    public static IReadOnlyList<ComparedFigure> Compare(JsonElement first, JsonElement second)
    {
        string one = KindOf(first);
        string other = KindOf(second);
        if (one != other)
        {
            throw new FormatException($"the first report is a '{one}' and the second a '{other}': only reports of one kind compare.");
        }

        var rows = new List<ComparedFigure>();
        Collect(string.Empty, first, second, rows);
        return rows;
    }

    /// <summary>The rows as a table.</summary>
    /// <param name="rows">The rows.</param>
    public static string Text(IReadOnlyList<ComparedFigure> rows)
    {
        int width = Math.Max(6, rows.Count == 0 ? 0 : rows.Max(static row => row.Name.Length));
        var text = new StringBuilder();
        text.Append("figure".PadRight(width)).Append(Cell("first")).Append(Cell("second")).Append(Cell("second/first")).Append('\n');
        foreach (ComparedFigure row in rows)
        {
            text.Append(row.Name.PadRight(width)).Append(Cell(Value(row, row.First))).Append(Cell(Value(row, row.Second)));
            text.Append(Cell(row.Ratio is double ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "-")).Append('\n');
        }

        return text.ToString();

        static string Cell(string value) => value.PadLeft(16);
    }

    private static string KindOf(JsonElement report) =>
        report.ValueKind == JsonValueKind.Object
            && report.TryGetProperty("kind", out JsonElement kind) && kind.ValueKind == JsonValueKind.String
            ? kind.GetString()!
            : throw new FormatException("it holds no report of aldis bench: make one with --json.");

    private static void Collect(string path, JsonElement first, JsonElement second, List<ComparedFigure> rows)
    {
        if (first.ValueKind == JsonValueKind.Number && second.ValueKind == JsonValueKind.Number)
        {
            rows.Add(new ComparedFigure(path, first.GetDouble(), second.GetDouble()));
        }
        else if (first.ValueKind == JsonValueKind.Object && second.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in first.EnumerateObject())
            {
                if (property.Name != "version" && second.TryGetProperty(property.Name, out JsonElement other))
                {
                    Collect(path.Length == 0 ? property.Name : $"{path}.{property.Name}", property.Value, other, rows);
                }
            }
        }
        else if (first.ValueKind == JsonValueKind.Array && second.ValueKind == JsonValueKind.Array)
        {
            // What has a name is compared with what has the same name, whichever place it has.
            foreach ((string name, JsonElement item) in Named(first))
            {
                if (Named(second).FirstOrDefault(one => one.Name == name) is { Item.ValueKind: JsonValueKind.Object } same)
                {
                    Collect($"{path}[{name}]", item, same.Item, rows);
                }
            }
        }
    }

    private static IEnumerable<(string Name, JsonElement Item)> Named(JsonElement array)
    {
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                string[] names =
                [
                    .. ((string[])["condition", "transport", "kind", "name"])
                        .Select(name => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                            ? value.GetString()! : string.Empty)
                        .Where(static name => name.Length > 0),
                ];
                yield return (string.Join(' ', names), item);
            }
        }
    }

    private static string Value(ComparedFigure row, double value) => row.Name.Contains("_ns", StringComparison.Ordinal)
        && !row.Name.EndsWith(".count", StringComparison.Ordinal)
            ? Quantity.Milliseconds((long)value)
            : value.ToString(Math.Abs(value) < 100 ? "0.####" : "#,##0", CultureInfo.InvariantCulture);
}

/// <summary>A figure of two reports.</summary>
/// <param name="Name">Where it stands in both, such as <c>rtt_ns.p99</c>.</param>
/// <param name="First">The first one's.</param>
/// <param name="Second">The second one's.</param>
internal sealed record ComparedFigure(string Name, double First, double Second)
{
    /// <summary>How many times the first the second is; null where the first is 0.</summary>
    public double? Ratio => First == 0 ? null : Second / First;
}

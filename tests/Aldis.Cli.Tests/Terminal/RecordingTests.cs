using System.Globalization;
using System.Text.RegularExpressions;
using Aldis.Cli.Terminal;
using Aldis.Cli.Tests.Events;

namespace Aldis.Cli.Tests.Terminal;

/// <summary>docs/recordings/serve.txt shows what the command still shows.</summary>
public sealed partial class RecordingTests
{
    [Theory]
    [InlineData(80, 3)]
    [InlineData(80, 300)]
    [InlineData(200, 3)]
    [InlineData(200, 300)]
    public void Three_clients_have_their_lines_and_three_hundred_one_line_a_second_all_within_the_width(int columns, int clients)
    {
        string[] lines = Part(columns, clients);
        Assert.Equal("$ aldis serve", lines[0]);
        Assert.EndsWith(". Ctrl-C stops.", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, columns));

        string[] events = lines[2..^1];
        string[] sums = [.. events.Where(static line => Sum().IsMatch(line))];
        int whoColumns = columns < 120 ? 21 : 47;
        Assert.All(events.Except(sums), line => Assert.Matches(
            FormattableString.Invariant($"^\\d\\d:\\d\\d:\\d\\d messages .{{{whoColumns}}} (#\\d+|  ) +(connected|closed|> )"), line));
        if (clients == 3)
        {
            Assert.Empty(sums);
        }
        else
        {
            Assert.Equal(EventScreen.MostLines, events.Length - sums.Length);
            Assert.InRange(sums.Length, 3, 10);
            Assert.Contains("  300 clients  ", sums[0], StringComparison.Ordinal);
        }

        Assert.Equal($"aldis: stopped; {clients} connections served, 0 refused.", lines[^1].Replace("^C", string.Empty, StringComparison.Ordinal));
    }

    private static string[] Part(int columns, int clients)
    {
        string title = string.Create(CultureInfo.InvariantCulture, $"{columns} columns, {clients} clients\n");
        string part = EventDocument.Text("recordings", "serve.txt").Split("\n== ").Single(text => text.StartsWith(title, StringComparison.Ordinal));
        return part[title.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"^\d\d:\d\d:\d\d  ", RegexOptions.None, 1000)]
    private static partial Regex Sum();
}

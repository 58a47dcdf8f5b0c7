using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Protocols.Scenarios;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Link;

/// <summary>
/// What a person at a terminal is shown of a link that runs: what it does, what it has done, and the keys. What finds no room in a line is left
/// out, from its end.
/// </summary>
internal static class LinkView
{
    /// <summary>The lines.</summary>
    /// <param name="link">What the link has done.</param>
    /// <param name="board">What it does.</param>
    /// <param name="columns">Columns of the terminal; the last one stays empty, where some terminals begin a new line.</param>
    /// <returns>Five lines.</returns>
    public static IReadOnlyList<string> Lines(LinkSnapshot link, LinkBoard board, int columns) =>
    [
        Fit([link.Way, Quantity.Duration(link.Elapsed), Clients(link)], columns),
        Fit(Counters("to target", link.ToTarget), columns),
        Fit(Counters("to client", link.ToClient), columns),
        Cut("now: " + LinkFaultsText.Of(board[LinkDirection.ToTarget], board[LinkDirection.ToClient]), columns),
        Cut(LinkKeys.Short, columns),
    ];

    private static IEnumerable<string> Counters(string name, LinkCounters counters) =>
        [name, $"in {Quantity.Count(counters.Received)}", $"out {Quantity.Count(counters.Sent)}", .. LinkReport.FaultsOf(counters)];

    private static string Clients(LinkSnapshot link) => $"clients {Quantity.Count(link.Clients)}, {Quantity.Count(link.Open)} there";

    private static string Fit(IEnumerable<string> parts, int columns)
    {
        string line = string.Empty;
        foreach (string part in parts)
        {
            string longer = line.Length == 0 ? part : $"{line}  {part}";
            if (longer.Length >= columns)
            {
                return line.Length == 0 ? Cut(part, columns) : line;
            }

            line = longer;
        }

        return line;
    }

    private static string Cut(string line, int columns) => line.Length < columns ? line : line[..Math.Max(0, columns - 1)];
}

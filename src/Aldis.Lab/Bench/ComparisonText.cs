using System.Globalization;
using System.Text;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Bench;

/// <summary>The report of a comparison, for people: a table for each link, then TCP against UDP in sentences.</summary>
internal static class ComparisonText
{
    private static readonly string[] Headings =
        ["transport", "connect p50", "RTT p50", "RTT p99", "corrected", "goodput", "CPU s/GB", "lost", "twice", "overtaken", "damaged"];

    /// <summary>The lines, each with its end.</summary>
    /// <param name="report">The report.</param>
    public static string Of(ComparisonReport report)
    {
        var text = new StringBuilder();
        foreach (IGrouping<string, TransportReport> condition in report.Results.GroupBy(static result => result.Condition))
        {
            text.Append(Heading(report, condition.Key)).Append('\n');
            string[][] rows = [Headings, .. condition.Select(Row)];
            int[] widths = [.. Enumerable.Range(0, Headings.Length).Select(column => rows.Max(row => row[column].Length))];
            foreach (string[] row in rows)
            {
                text.Append(row[0].PadRight(widths[0]));
                for (int column = 1; column < row.Length; column++)
                {
                    text.Append("  ").Append(row[column].PadLeft(widths[column]));
                }

                text.Append('\n');
            }

            foreach (TransportReport failed in condition.Where(static result => result.Failure is not null))
            {
                text.Append(CultureInfo.InvariantCulture, $"{failed.Transport}: {failed.Failure}\n");
            }

            text.Append('\n');
        }

        foreach (TcpUdpAnswer answer in TcpAgainstUdp.Of(report))
        {
            text.Append(CultureInfo.InvariantCulture, $"{answer.Question}\n  TCP: {answer.Tcp}\n  UDP: {answer.Udp}\n");
        }

        foreach (string note in report.Notes)
        {
            text.Append(CultureInfo.InvariantCulture, $"note: {note}\n");
        }

        return text.ToString();
    }

    /// <summary>What a link is, as a heading.</summary>
    /// <param name="report">The report.</param>
    /// <param name="condition">Which of its conditions.</param>
    public static string Heading(ComparisonReport report, string condition) => condition == ComparisonReport.Direct
        ? "Directly, over loopback"
        : $"Through a link: {report.Link}";

    /// <summary>The headings of the columns.</summary>
    public static IReadOnlyList<string> Columns => Headings;

    /// <summary>The cells of a transport.</summary>
    /// <param name="result">What was found of it.</param>
    public static string[] Row(TransportReport result) =>
    [
        result.Transport,
        Time(result.ConnectNs?.P50),
        Time(result.RttNs?.P50),
        Time(result.RttNs?.P99),
        Time(result.RttCorrectedNs?.P99),
        result.Transfer is { } transfer ? Quantity.Rate(transfer.GoodputBps) : "-",
        (result.Flood ?? result.Transfer)?.CpuSecondsPerGb?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-",
        Share(result.Transfer?.Lost, result.Transfer?.Sent),
        Share(result.Transfer?.Duplicated, result.Transfer?.Sent),
        Share(result.Transfer?.OutOfOrder, result.Transfer?.Sent),
        Share(result.Transfer?.Corrupted, result.Transfer?.Sent),
    ];

    /// <summary>A share in percent; a dash where there is none.</summary>
    /// <param name="count">How many.</param>
    /// <param name="of">Of how many.</param>
    public static string Share(long? count, long? of) =>
        count is long some && of is > 0 ? Quantity.Percentage((double)some / of.Value) : "-";

    private static string Time(long? nanoseconds) => nanoseconds is long time ? Quantity.Milliseconds(time) : "-";
}

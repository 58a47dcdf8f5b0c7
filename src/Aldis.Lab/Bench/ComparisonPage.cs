using System.Globalization;
using System.Net;
using Aldis.Lab.Drawings;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Bench;

/// <summary>
/// Writes a comparison as one page that needs nothing else, to be read, printed and handed in: TCP against UDP by what was measured, then a
/// table and plots for each link. The page asks no network for anything, and its policy forbids it to.
/// </summary>
internal static class ComparisonPage
{
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'";
    private const string Heading = "TCP or UDP, answered by measurement";

    /// <summary>Writes the page.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="report">The comparison.</param>
    public static void Write(TextWriter output, ComparisonReport report)
    {
        WriteHead(output);
        string all = Quantity.Duration(TimeSpan.FromSeconds(report.Seconds));
        string each = Quantity.Duration(TimeSpan.FromSeconds(report.DurationSeconds));
        output.Write($"<header>\n<h1>{Heading}</h1>\n");
        output.Write($"<p>{Escaped($"{report.Started}, {all} in all, {each} for each row.")}</p>\n");
        output.Write($"<pre>{Escaped(report.Command)}</pre>\n</header>\n<article>\n");
        WriteAnswers(output, report);
        foreach (IGrouping<string, TransportReport> condition in report.Results.GroupBy(static result => result.Condition))
        {
            WriteCondition(output, ComparisonText.Heading(report, condition.Key), [.. condition]);
        }

        output.Write("<h2>How it was measured</h2>\n<ul>\n");
        foreach (string note in report.Notes)
        {
            output.Write($"<li>{Escaped(note)}</li>\n");
        }

        output.Write("</ul>\n</article>\n</body>\n</html>\n");
    }

    private static void WriteHead(TextWriter output)
    {
        output.Write("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        output.Write($"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy}\">\n");
        output.Write("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        output.Write($"<title>{Heading}</title>\n<style>\n");
        output.Write(PageResource.Read("picture.css") + PageResource.Read("sweep.css") + PageResource.Read("bench.css"));
        output.Write("</style>\n<style media=\"screen and (prefers-color-scheme: dark)\">\n");
        output.Write(PageResource.Read("page-dark.css") + PageResource.Read("picture-dark.css") + PageResource.Read("sweep-dark.css"));
        output.Write("</style>\n</head>\n<body>\n");
    }

    private static void WriteAnswers(TextWriter output, ComparisonReport report)
    {
        TcpUdpAnswer[] answers = [.. TcpAgainstUdp.Of(report)];
        if (answers.Length == 0)
        {
            return;
        }

        output.Write("<h2>TCP against UDP</h2>\n<table class=\"answers\">\n<tr><th></th><th>TCP</th><th>UDP</th></tr>\n");
        foreach (TcpUdpAnswer answer in answers)
        {
            output.Write($"<tr><th>{Escaped(answer.Question)}</th><td>{Escaped(answer.Tcp)}</td><td>{Escaped(answer.Udp)}</td></tr>\n");
        }

        output.Write("</table>\n");
    }

    private static void WriteCondition(TextWriter output, string heading, TransportReport[] results)
    {
        output.Write($"<h2>{Escaped(heading)}</h2>\n<div class=\"wide\"><table>\n<tr>");
        output.Write(string.Concat(ComparisonText.Columns.Select(static column => $"<th>{Escaped(column)}</th>")));
        output.Write("</tr>\n");
        foreach (TransportReport result in results)
        {
            output.Write($"<tr>{string.Concat(ComparisonText.Row(result).Select(static cell => $"<td>{Escaped(cell)}</td>"))}</tr>\n");
        }

        output.Write("</table></div>\n");
        foreach (TransportReport result in results.Where(static result => result.Failure is not null))
        {
            output.Write($"<p>{Escaped(result.Transport)}: {Escaped(result.Failure!)}</p>\n");
        }

        SvgRanges.Write(
            output,
            "Round trip: p50 (the figure), p90, p99, and the corrected p99 at the end of the line",
            [.. results.Where(static result => result.RttNs is not null).Select(static result => new RangeRow(
                result.Transport,
                CssClass(result.Transport),
                result.RttNs!.P50,
                Math.Max(result.RttNs.P99, result.RttCorrectedNs?.P99 ?? 0),
                [result.RttNs.P50, result.RttNs.P90, result.RttNs.P99],
                Quantity.Milliseconds(result.RttNs.P50)))],
            Time);
        SvgRanges.Write(
            output,
            "Goodput; of UDP at a pace that its reader keeps",
            Bars(results, static result => result.Transfer?.GoodputBps, Quantity.Rate),
            Quantity.Rate);
        SvgRanges.Write(
            output,
            "Setting up a connection: p50, p90",
            [.. results.Where(static result => result.ConnectNs is not null).Select(static result => new RangeRow(
                result.Transport,
                CssClass(result.Transport),
                result.ConnectNs!.P50,
                result.ConnectNs.P90,
                [result.ConnectNs.P50],
                Quantity.Milliseconds(result.ConnectNs.P50)))],
            Time);
        SvgRanges.Write(
            output,
            "Processor seconds for a gigabyte: both ends, and the link",
            Bars(results, static result => (result.Flood ?? result.Transfer)?.CpuSecondsPerGb, Seconds),
            Seconds);
        SvgRanges.Write(
            output,
            "Lost, of 100 pieces",
            Bars(results, static result => result.Transfer?.LostShare * 100, static share => Quantity.Percentage(share / 100)),
            static share => Quantity.Percentage(share / 100));
    }

    private static RangeRow[] Bars(TransportReport[] results, Func<TransportReport, double?> value, Func<double, string> text) =>
    [
        .. results.Select(result => (result.Transport, Value: value(result))).Where(static row => row.Value is not null)
            .Select(row => new RangeRow(row.Transport, CssClass(row.Transport), null, row.Value!.Value, [], text(row.Value.Value))),
    ];

    private static string CssClass(string transport) =>
        transport == "udp" ? "gbn" : transport.StartsWith("arq", StringComparison.Ordinal) ? "sr" : "saw";

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0} ns"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0} µs"),
        < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:0} s"),
    };

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###} s");

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}

using System.Globalization;
using System.Text;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Bench;

/// <summary>The report of a load, for people.</summary>
internal static class LoadText
{
    /// <summary>The lines, each with its end.</summary>
    /// <param name="report">The report.</param>
    public static string Of(LoadReport report)
    {
        var text = new StringBuilder();
        CultureInfo culture = CultureInfo.InvariantCulture;
        string connections = report.Connections == 1 ? "1 connection" : $"{Quantity.Count(report.Connections)} connections";
        string loop = report.RateAsked is double rate ? $"open loop at {Quantity.Count(rate)}/s" : "closed loop";
        string window = report.Window > 1 ? $", {report.Window} under way on each" : string.Empty;
        text.Append(culture, $"{report.Target}, {report.Conversation}, {report.Length} bytes: {connections}, {loop}{window}, ");
        text.Append(culture, $"{Quantity.Duration(TimeSpan.FromSeconds(report.Seconds))}\n");
        text.Append(culture, $"requests     {Quantity.Count(report.Answered)} answered of {Quantity.Count(report.Sent)} sent");
        text.Append(report.Unsent > 0 ? $", {Quantity.Count(report.Unsent)} due and never sent" : string.Empty);
        text.Append(report.Unanswered > 0 ? $", {Quantity.Count(report.Unanswered)} without an answer at the end" : string.Empty);
        text.Append(culture, $"\nrate         {Quantity.Count(report.Rate)}/s\n");
        Append(text, "round trip  ", report.RttNs, "from when a request was sent");
        Append(text, "  corrected ", report.RttCorrectedNs, report.ExpectedIntervalNs is long interval
            ? $"as if each connection had sent one every {Quantity.Milliseconds(interval)}"
            : "from when a request was due");
        Append(text, "connecting  ", report.ConnectNs, string.Empty);
        Append(text, "generator   ", report.GeneratorLateNs, "later than due, with nothing in its way");
        foreach (LoadError error in report.Errors)
        {
            text.Append(culture, $"error        {error.Kind} {Quantity.Count(error.Count)}: {error.Message}\n");
        }

        foreach (string note in report.Notes)
        {
            text.Append(culture, $"note         {note}\n");
        }

        foreach (Expectation expectation in report.Expectations)
        {
            text.Append(culture, $"expected     {Sentence(expectation)}\n");
        }

        return text.ToString();
    }

    /// <summary>What was expected and what was found.</summary>
    /// <param name="expectation">The expectation.</param>
    public static string Sentence(Expectation expectation)
    {
        bool isTime = expectation.Name == "max-p99";
        string found = expectation.Found is double value ? Text(value) : "nothing";
        return $"--{expectation.Name} {Text(expectation.Asked)}: {(expectation.IsMet ? "met" : "not met")}, measured {found}";

        string Text(double value) => isTime ? Quantity.Milliseconds((long)value) : Quantity.Count(value) + "/s";
    }

    private static void Append(StringBuilder text, string name, LatencySummary? times, string what)
    {
        if (times is null)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"{name} p50 {Quantity.Milliseconds(times.P50)}  p90 {Quantity.Milliseconds(times.P90)}  ");
        text.Append(CultureInfo.InvariantCulture, $"p99 {Quantity.Milliseconds(times.P99)}  p99.9 {Quantity.Milliseconds(times.P999)}  ");
        text.Append(CultureInfo.InvariantCulture, $"max {Quantity.Milliseconds(times.Max)}");
        text.Append(what.Length > 0 ? $"  ({what})\n" : "\n");
    }
}

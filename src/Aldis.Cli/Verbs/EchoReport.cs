using System.Text;
using System.Text.Json;
using Aldis.Protocols.Text;
using Aldis.Services.Echo;

namespace Aldis.Cli.Verbs;

/// <summary>How the figures of <c>aldis echo</c> are written, for people and for programs.</summary>
internal static class EchoReport
{
    /// <summary>The live line.</summary>
    public static string Line(EchoMeasurementSummary summary) =>
        $"{Quantity.Count(summary.Received)} of {Quantity.Count(summary.Sent)} back  {Quantity.Count(summary.Rate)}/s  "
        + $"p50 {Quantity.Milliseconds(summary.P50Nanoseconds)}  p99 {Quantity.Milliseconds(summary.P99Nanoseconds)}";

    /// <summary>The summary, each line with its end.</summary>
    public static string Text(EchoMeasurementSummary summary)
    {
        var text = new StringBuilder();
        double share = 100.0 * summary.Lost / summary.Sent;
        text.Append($"{summary.Sent} sent, {summary.Received} came back");
        text.Append(summary.Lost > 0 ? $", {summary.Lost} did not ({share:0.##} %)" : string.Empty);
        text.Append(summary.UnderWay > 0 ? $", {summary.UnderWay} under way" : string.Empty);
        text.Append(summary.Duplicates is long duplicates ? $", {duplicates} duplicates" : string.Empty);
        text.Append(summary.Reordered is long reordered ? $", {reordered} reordered" : string.Empty);
        text.Append(summary.Corrupted > 0 ? $", {summary.Corrupted} damaged" : string.Empty);
        text.Append('\n');
        if (summary.Received > 0)
        {
            text.Append("round trip  min ").Append(Quantity.Milliseconds(summary.MinNanoseconds));
            text.Append("  p50 ").Append(Quantity.Milliseconds(summary.P50Nanoseconds));
            text.Append("  p90 ").Append(Quantity.Milliseconds(summary.P90Nanoseconds));
            text.Append("  p99 ").Append(Quantity.Milliseconds(summary.P99Nanoseconds));
            text.Append("  max ").Append(Quantity.Milliseconds(summary.MaxNanoseconds)).Append('\n');
        }

        if (summary.Received > 1)
        {
            text.Append($"rate        {Quantity.Count(summary.Rate)}/s, {summary.Size} bytes each");
            text.Append(summary.Connections > 1 ? $", {summary.Connections} connections" : string.Empty);
            text.Append($", {Quantity.Duration(summary.Elapsed)}\n");
        }

        return text.ToString();
    }

    /// <summary>The properties of the event <c>summary</c>.</summary>
    public static void Write(Utf8JsonWriter writer, EchoMeasurementSummary summary)
    {
        writer.WriteNumber("sent", summary.Sent);
        writer.WriteNumber("received", summary.Received);
        writer.WriteNumber("lost", summary.Lost);
        writer.WriteNumber("under_way", summary.UnderWay);
        if (summary.Duplicates is long duplicates && summary.Reordered is long reordered)
        {
            writer.WriteNumber("duplicates", duplicates);
            writer.WriteNumber("reordered", reordered);
        }

        writer.WriteNumber("corrupted", summary.Corrupted);
        writer.WriteNumber("length", summary.Size);
        writer.WriteNumber("connections", summary.Connections);
        writer.WriteNumber("seconds", summary.Elapsed.TotalSeconds);
        writer.WriteNumber("rate", Math.Round(summary.Rate, 1));
        writer.WriteStartObject("rtt_ns");
        writer.WriteNumber("min", summary.MinNanoseconds);
        writer.WriteNumber("p50", summary.P50Nanoseconds);
        writer.WriteNumber("p90", summary.P90Nanoseconds);
        writer.WriteNumber("p99", summary.P99Nanoseconds);
        writer.WriteNumber("max", summary.MaxNanoseconds);
        writer.WriteEndObject();
    }

    /// <summary>The properties of the event <c>reply</c>.</summary>
    public static void Write(Utf8JsonWriter writer, EchoReply reply)
    {
        writer.WriteNumber("seq", reply.Sequence);
        writer.WriteNumber("length", reply.Payload.Length);
        writer.WriteNumber("rtt_ns", reply.RoundTripNanoseconds);
    }
}

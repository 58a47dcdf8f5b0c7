using System.Globalization;
using System.Text.Json;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>The numbers of a run, for people and for programs.</summary>
internal static class LabReport
{
    private const int LabelWidth = 28;
    private const int ValueWidth = 12;
    private const double NsPerSecond = 1e9;

    private static readonly (TraceCause Cause, string Text)[] Causes =
    [
        (TraceCause.Timeout, "after a time-out"),
        (TraceCause.GoBackRewind, "behind a lost frame"),
        (TraceCause.GapReport, "after a gap report"),
        (TraceCause.PacketThreshold, "later ones answered"),
        (TraceCause.TimeThreshold, "overdue"),
        (TraceCause.ProbeTimeout, "after silence"),
        (TraceCause.PersistentCongestion, "after long silence"),
    ];

    private static readonly (ReplacedCopyFate Fate, string Text)[] Truths =
    [
        (ReplacedCopyFate.Lost, "lost"),
        (ReplacedCopyFate.Damaged, "damaged"),
        (ReplacedCopyFate.Discarded, "dropped, out of order"),
        (ReplacedCopyFate.AcknowledgementLost, "its ACK was lost"),
        (ReplacedCopyFate.UnderWay, "needless, under way"),
        (ReplacedCopyFate.AcknowledgementUnderWay, "needless, ACK under way"),
    ];

    /// <summary>The table, line by line.</summary>
    /// <param name="summary">The run.</param>
    /// <param name="reasons">What had become of the copies that were replaced.</param>
    /// <param name="width">Columns of the terminal.</param>
    public static IEnumerable<string> Table(LabSummary summary, RepetitionReasons reasons, int width) =>
        Rows(summary, reasons).SelectMany(row => Lines(row, width));

    private static IEnumerable<TableRow> Rows(LabSummary summary, RepetitionReasons reasons)
    {
        LabTally tally = summary.Tally;
        yield return new TableRow(
            "frames", Text($"{tally.FramesSent:#,##0}"), Text($"{summary.AcknowledgedBytes:#,##0} bytes acknowledged"));
        yield return new TableRow("transmissions", Text($"{tally.Transmissions:#,##0}"),
            Share(tally.Retransmissions, tally.Transmissions, "again"));
        foreach ((TraceCause cause, string text) in Causes)
        {
            if (tally.RetransmissionsBecauseOf(cause) > 0)
            {
                yield return new TableRow("  again " + text, Text($"{tally.RetransmissionsBecauseOf(cause):#,##0}"), string.Empty);
            }
        }

        if (tally.Retransmissions > 0)
        {
            IEnumerable<string> truths = Truths.Where(t => reasons[t.Fate] > 0).Select(t => Text($"{t.Text} {reasons[t.Fate]:#,##0}"));
            yield return new TableRow("  the copy before", string.Empty, string.Join("; ", truths));
        }

        yield return new TableRow("lost on the link", Text($"{tally.FramesLost + tally.AcknowledgementsLost:#,##0}"),
            Text($"frames {tally.FramesLost:#,##0}, ACKs {tally.AcknowledgementsLost:#,##0}"));
        if (tally.FramesDamaged + tally.AcknowledgementsDamaged > 0)
        {
            yield return new TableRow("damaged on the link", Text($"{tally.FramesDamaged + tally.AcknowledgementsDamaged:#,##0}"),
                Text($"frames {tally.FramesDamaged:#,##0}, ACKs {tally.AcknowledgementsDamaged:#,##0}"));
        }

        if (tally.DuplicatedByLink > 0)
        {
            yield return new TableRow("doubled by the link", Text($"{tally.DuplicatedByLink:#,##0}"), string.Empty);
        }

        yield return new TableRow("duplicates dropped", Text($"{tally.DuplicatesDropped:#,##0}"), string.Empty);
        if (tally.OutOfOrderDropped > 0)
        {
            yield return new TableRow("out of order, dropped", Text($"{tally.OutOfOrderDropped:#,##0}"), string.Empty);
        }

        foreach (TableRow row in Numbers(summary).Concat(Efficiency(summary)))
        {
            yield return row;
        }
    }

    /// <summary>The properties of the event <c>summary</c>.</summary>
    public static void Write(Utf8JsonWriter writer, LabSummary summary, RepetitionReasons reasons)
    {
        LabSettings settings = summary.Settings;
        LabTally tally = summary.Tally;
        writer.WriteString("strategy"u8, LabWords.Strategy(settings.Strategy));
        writer.WriteString("outcome"u8, KebabName.Of(summary.Outcome));
        writer.WriteNumber("frames"u8, settings.Frames);
        writer.WriteNumber("frame_size"u8, settings.FrameSize);
        writer.WriteNumber("header_size"u8, settings.HeaderSize);
        if (settings.AcknowledgementSize is int acknowledgement)
        {
            writer.WriteNumber("ack_size"u8, acknowledgement);
        }

        writer.WriteNumber("window"u8, settings.WindowFrames);
        writer.WriteNumber("rate_bps"u8, settings.BitsPerSecond);
        writer.WriteNumber("delay_ns"u8, settings.DelayNanoseconds);
        writer.WriteNumber("processing_ns"u8, settings.ProcessingNanoseconds);
        writer.WriteNumber("loss"u8, settings.Loss);
        writer.WriteNumber("ack_loss"u8, settings.ReplyLoss);
        writer.WriteNumber("timeout_ns"u8, settings.TimeoutNanoseconds);
        writer.WriteNumber("seed"u8, settings.Seed);
        writer.WriteNumber("bytes"u8, summary.AcknowledgedBytes);
        writer.WriteNumber("transmissions"u8, tally.Transmissions);
        writer.WriteNumber("retransmissions"u8, tally.Retransmissions);
        writer.WriteStartObject("causes"u8);
        foreach ((TraceCause cause, _) in Causes)
        {
            writer.WriteNumber(KebabName.Of(cause), tally.RetransmissionsBecauseOf(cause));
        }

        writer.WriteEndObject();
        writer.WriteNumber("needless"u8, reasons.Needless);
        writer.WriteNumber("duplicates_dropped"u8, tally.DuplicatesDropped);
        writer.WriteNumber("out_of_order_dropped"u8, tally.OutOfOrderDropped);
        writer.WriteNumber("frames_lost"u8, tally.FramesLost);
        writer.WriteNumber("acks_lost"u8, tally.AcknowledgementsLost);
        if (summary.Mistakes is { } mistakes)
        {
            writer.WriteNumber("sequence_bits"u8, settings.SequenceBits!.Value);
            writer.WriteNumber("frames_mistaken"u8, mistakes.Frames);
            writer.WriteNumber("acks_mistaken"u8, mistakes.Acknowledgements);
            writer.WriteNumber("delivered_bytes"u8, summary.DeliveredBytes);
        }

        WriteEfficiency(writer, summary);
        if (summary.Ratio is double ratio)
        {
            writer.WriteNumber("ratio"u8, ratio);
        }
        else
        {
            writer.WriteNull("ratio"u8);
        }

        writer.WriteStartArray("broken_assumptions"u8);
        foreach (LabAssumption assumption in summary.Theory.Broken)
        {
            writer.WriteStringValue(KebabName.Of(assumption));
        }

        writer.WriteEndArray();
    }

    /// <summary>The properties of a run that a sweep has for each of its points too: what was reached, and what theory says.</summary>
    public static void WriteEfficiency(Utf8JsonWriter writer, LabSummary summary)
    {
        writer.WriteNumber("time_ns"u8, summary.ElapsedNanoseconds);
        writer.WriteNumber("goodput_bps"u8, summary.Goodput);
        writer.WriteNumber("efficiency"u8, summary.Efficiency);
        writer.WriteNumber("theory"u8, summary.Theory.Efficiency);
        writer.WriteNumber("textbook"u8, summary.Theory.TextbookEfficiency);
    }

    /// <summary>Whether short numbers sufficed, and what they were taken for.</summary>
    private static IEnumerable<TableRow> Numbers(LabSummary summary)
    {
        if (SequenceNumbers.Of(summary.Settings) is not { } numbers)
        {
            yield break;
        }

        LabMistakes mistakes = summary.Mistakes!;
        yield return new TableRow(
            "frame numbers", LabWords.Bits(summary.Settings.SequenceBits!.Value), LabWords.Numbers(numbers, summary.Settings));
        yield return new TableRow(
            "  frames mistaken", Text($"{mistakes.Frames:#,##0}"), First("frame", mistakes.FirstFrame));
        yield return new TableRow(
            "  ACKs mistaken", Text($"{mistakes.Acknowledgements:#,##0}"), First("ACK", mistakes.FirstAcknowledgement));
        yield return new TableRow(
            "  delivered", Text($"{summary.DeliveredBytes:#,##0}"), Text($"bytes of {summary.Settings.PayloadBytes:#,##0}"));
    }

    private static string First(string what, LabMistake? mistake) => mistake is not { } first ? string.Empty
        : Text($"first {what} {first.Frame} for {first.TakenFor}, at {LabWords.Seconds(first.TimeNanoseconds / NsPerSecond)}");

    private static IEnumerable<TableRow> Efficiency(LabSummary summary)
    {
        LabTheory theory = summary.Theory;
        yield return new TableRow("time", LabWords.Seconds(summary.ElapsedNanoseconds / NsPerSecond), "first frame to last ACK");
        yield return new TableRow("efficiency, measured", Percent(summary.Efficiency),
            $"{Quantity.Rate(summary.Goodput)} of {Quantity.Rate(summary.Settings.BitsPerSecond)}");
        yield return new TableRow("efficiency, theory", Percent(theory.Efficiency), LabWords.Form(theory, summary.Settings));
        yield return new TableRow(
            "  the textbook's form", Percent(theory.TextbookEfficiency), LabWords.Textbook(theory, summary.Settings));
        if (summary.Ratio is double ratio)
        {
            string chance = theory.RelativeDeviation is > 0 and double deviation
                ? Text($"chance alone: ±{deviation:0.000} with so many frames")
                : summary.Settings.Strategy == ArqMode.SelectiveRepeat
                    ? "the form is within 6\u00A0% where it was held against a simulation"
                : string.Empty;
            yield return new TableRow("measured / theory", Text($"{ratio:0.0000}"), chance);
        }

        foreach (LabAssumption assumption in theory.Broken)
        {
            yield return new TableRow("  but", string.Empty, LabWords.Broken(assumption));
        }
    }

    /// <summary>A row whose remark goes on below itself if it is long, and stands below the row where there is little room.</summary>
    private static IEnumerable<string> Lines(TableRow row, int width)
    {
        const int LeastRoom = 24;
        const int Indent = 2 + LabelWidth + ValueWidth + 2;
        const int NarrowIndent = 6;
        if (width < Indent + LeastRoom)
        {
            yield return "  " + row.Label + row.Value.PadLeft(Math.Max(row.Value.Length + 1, width - 2 - row.Label.Length)).TrimEnd();
            foreach (string line in WrappedText.Lines(row.Remark, Math.Max(LeastRoom, width - NarrowIndent)))
            {
                yield return new string(' ', NarrowIndent) + line;
            }

            yield break;
        }

        string head = $"  {row.Label,-LabelWidth}{row.Value,ValueWidth}  ";
        foreach (string line in WrappedText.Lines(row.Remark, width - Indent).DefaultIfEmpty(string.Empty))
        {
            yield return (head + line).TrimEnd();
            head = new string(' ', Indent);
        }
    }

    private static string Share(long part, long whole, string what) =>
        whole == 0 || part == 0 ? string.Empty : Text($"{part:#,##0} {what}, {100.0 * part / whole:0.#} %");

    private static string Percent(double share) => Text($"{share * 100:0.0000} %");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private readonly record struct TableRow(string Label, string Value, string Remark);
}

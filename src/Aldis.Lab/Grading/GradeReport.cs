using System.Globalization;
using System.Text.Json;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Grading;

/// <summary>The judgement of a trace: rule by rule, and the marks.</summary>
/// <param name="terms">What was judged, and by what.</param>
/// <param name="verdicts">Each rule.</param>
internal sealed class GradeReport(GradeTerms terms, IReadOnlyList<RuleVerdict> verdicts)
{
    private const int NameColumns = 14;
    private const string Indent = "          ";

    /// <summary>Each rule, in the order they are told.</summary>
    public IReadOnlyList<RuleVerdict> Verdicts { get; } = verdicts;

    /// <summary>Rules that could have been broken and were not.</summary>
    public int Marks => Verdicts.Count(static verdict => verdict is { Counts: true, IsKept: true });

    /// <summary>Rules that could have been broken.</summary>
    public int Of => Verdicts.Count(static verdict => verdict.Counts);

    /// <summary>Whether every rule was kept.</summary>
    public bool IsPassed => Marks == Of;

    /// <summary>The judgement as lines.</summary>
    /// <param name="columns">The longest a line may be.</param>
    public IEnumerable<string> Lines(int columns)
    {
        foreach (RuleVerdict verdict in Verdicts)
        {
            string word = !verdict.Counts ? "unseen" : verdict.IsKept ? "kept" : "BROKEN";
            string head = $"{word,-7} {KebabName.Of(verdict.Rule).PadRight(NameColumns)} {GradeRules.Sentence(verdict.Rule)}";
            yield return head;
            if (!verdict.IsKept)
            {
                foreach (string line in WrappedText.Lines(Where(verdict) + verdict.Detail + Further(verdict), columns - Indent.Length))
                {
                    yield return Indent + line;
                }
            }
        }

        yield return string.Empty;
        yield return Text($"{Marks} of {Of} marks{(IsPassed ? string.Empty : ": the protocol was not followed")}");
    }

    /// <summary>Adds a rule's verdict to the open object.</summary>
    /// <param name="writer">Has an object open.</param>
    /// <param name="verdict">The verdict.</param>
    public static void Write(Utf8JsonWriter writer, RuleVerdict verdict)
    {
        writer.WriteString("rule"u8, KebabName.Of(verdict.Rule));
        writer.WriteString("outcome"u8, !verdict.Counts ? "unseen"u8 : verdict.IsKept ? "kept"u8 : "broken"u8);
        writer.WriteNumber("occasions"u8, verdict.Occasions);
        writer.WriteNumber("breaches"u8, verdict.Breaches);
        if (verdict.Line > 0)
        {
            writer.WriteNumber("line"u8, verdict.Line);
        }

        if (verdict.TimeNanoseconds != GradedEvent.Unknown && !verdict.IsKept)
        {
            writer.WriteNumber("time_ns"u8, verdict.TimeNanoseconds);
        }

        if (!verdict.IsKept)
        {
            writer.WriteString("detail"u8, verdict.Detail);
        }
    }

    /// <summary>Adds the marks to the open object.</summary>
    /// <param name="writer">Has an object open.</param>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("strategy"u8, GradeWords.Strategy(terms.Strategy));
        writer.WriteNumber("window"u8, terms.Window);
        writer.WriteNumber("marks"u8, Marks);
        writer.WriteNumber("of"u8, Of);
        writer.WriteBoolean("passed"u8, IsPassed);
    }

    private static string Where(RuleVerdict verdict) => verdict.Line > 0 ? Text($"line {verdict.Line}: ")
        : verdict.TimeNanoseconds >= 0 ? $"at {GradeWords.Milliseconds(verdict.TimeNanoseconds)}: " : string.Empty;

    private static string Further(RuleVerdict verdict) => verdict.Breaches == 1 ? string.Empty : Text($" ({verdict.Breaches:#,##0} times)");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

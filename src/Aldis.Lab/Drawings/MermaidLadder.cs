using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Writes a ladder as a Mermaid sequence diagram (https://mermaid.js.org), which many wikis and forges draw. Such a diagram has an order
/// and no slope: an arrow stands where it left, and a note where it arrived, so that everything is in the order of time.
/// </summary>
internal static class MermaidLadder
{
    /// <summary>More steps than that are left out: renderers refuse a diagram of more than 50,000 characters.</summary>
    public const int MostSteps = 800;

    /// <summary>Writes the diagram.</summary>
    public static void Write(TextWriter output, LadderPicture picture)
    {
        output.Write($"%% {OneLine(picture.Command)}\n");
        output.Write("sequenceDiagram\n");
        output.Write($"    participant C as {Escaped(picture.Sides.Client)}\n");
        output.Write($"    participant S as {Escaped(picture.Sides.Server)}\n");
        string? reason = null;
        foreach (LadderMoment moment in LadderMoments.Of(picture.Steps.Kept))
        {
            if (moment.IsRepetition)
            {
                string next = WithTruth(LadderWords.Reason(moment.Step, picture.Clock), LadderWords.Truth(moment.Step));
                if (next != reason)
                {
                    Note(output, "over C", next);
                }

                reason = next;
            }

            WriteMoment(output, moment, picture.Clock);
        }

        if (picture.Steps.LeftOutSentence is string leftOut)
        {
            Note(output, "over C,S", leftOut);
        }
    }

    private static void WriteMoment(TextWriter output, LadderMoment moment, LadderClock clock)
    {
        LadderStep step = moment.Step;
        string line = WithTruth($"{clock.Text(moment.TimeNanoseconds)} {LadderWords.Line(moment)}", LadderWords.Aside(moment));
        if (moment.Kind is LadderMomentKind.Loss || (moment.Kind == LadderMomentKind.Departure && !step.IsLost))
        {
            (string from, string to) = step.Side == TraceSide.Client ? ("C", "S") : ("S", "C");
            string arrow = (step.Kind == LadderStepKind.Acknowledgement, step.IsLost) switch
            {
                (true, true) => "--x",
                (true, false) => "-->>",
                (false, true) => "-x",
                _ => "->>",
            };
            output.Write($"    {from}{arrow}{to}: {Escaped(line)}\n");
        }
        else if (moment.Kind == LadderMomentKind.Arrival || (step.Kind != LadderStepKind.TimerFired && LadderWords.IsShown(moment)))
        {
            Note(output, moment.Side == TraceSide.Client ? "over C" : "over S", line);
        }
    }

    private static string WithTruth(string reason, string truth) => truth.Length == 0 ? reason : $"{reason} ({truth})";

    private static void Note(TextWriter output, string place, string text) => output.Write($"    Note {place}: {Escaped(text)}\n");

    /// <summary>A semicolon would end the statement and a number sign begin an entity.</summary>
    private static string Escaped(string text) => OneLine(text)
        .Replace("#", "#35\u0001", StringComparison.Ordinal)
        .Replace(";", "#59\u0001", StringComparison.Ordinal)
        .Replace('\u0001', ';');

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}

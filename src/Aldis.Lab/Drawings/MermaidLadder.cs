using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Writes a ladder as a Mermaid sequence diagram (https://mermaid.js.org), which many wikis and forges draw. Such a diagram has an order
/// and no time: an arrow stands where it left.
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
        foreach (LadderStep step in picture.Steps.Kept)
        {
            if (step is { Kind: LadderStepKind.Frame, Transmission: > 1, IsLinkCopy: false })
            {
                string next = WithTruth(LadderWords.Reason(step, picture.Clock), LadderWords.Truth(step));
                if (next != reason)
                {
                    Note(output, "over C", next);
                }

                reason = next;
            }

            WriteStep(output, step);
        }

        if (picture.Steps.LeftOutSentence is string leftOut)
        {
            Note(output, "over C,S", leftOut);
        }
    }

    private static void WriteStep(TextWriter output, LadderStep step)
    {
        if (step.IsArrow)
        {
            (string from, string to) = step.Side == TraceSide.Client ? ("C", "S") : ("S", "C");
            bool isCut = step.Fate is LadderFate.Lost or LadderFate.Damaged or LadderFate.GivenUp;
            string arrow = (step.Kind == LadderStepKind.Acknowledgement, isCut) switch
            {
                (true, true) => "--x",
                (true, false) => "-->>",
                (false, true) => "-x",
                _ => "->>",
            };
            output.Write($"    {from}{arrow}{to}: {Escaped(SvgLadder.LineOf(step))}\n");
        }
        else if (step.Kind != LadderStepKind.TimerFired && SvgLadder.IsShown(step))
        {
            Note(output, step.Side == TraceSide.Client ? "over C" : "over S", SvgLadder.LineOf(step));
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

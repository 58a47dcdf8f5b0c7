using Aldis.Lab.Ladder;
using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>What stands beside a lifeline at an instant: rows of words, each of them of one moment.</summary>
/// <param name="clock">How times are written.</param>
/// <param name="isNarrow">Whether each moment has rows of its own, which begin with its time.</param>
internal sealed class LadderLabels(LadderClock clock, bool isNarrow)
{
    private const int NarrowRoom = 23; // characters

    /// <summary>A word or a few of one moment.</summary>
    /// <param name="Index">Number of the moment.</param>
    /// <param name="Text">The words.</param>
    /// <param name="CssClass">Their class in the style sheet.</param>
    internal readonly record struct Token(int Index, string Text, string CssClass);

    /// <summary>A row of tokens.</summary>
    /// <param name="Tokens">From left to right.</param>
    /// <param name="IsSmall">Whether it is an aside.</param>
    internal readonly record struct Row(IReadOnlyList<Token> Tokens, bool IsSmall);

    /// <summary>The rows of one side at an instant.</summary>
    /// <param name="here">Moments by their numbers, in order.</param>
    public IReadOnlyList<Row> RowsOf(IReadOnlyList<(int Index, LadderMoment Moment)> here)
    {
        List<(int Index, LadderMoment Moment)> shown = [.. here.Where(static m => LadderWords.IsShown(m.Moment))];
        if (shown.Count > 1)
        {
            // A frame that goes again says that the timer fired.
            shown.RemoveAll(static m => m.Moment.Step.Kind == LadderStepKind.TimerFired);
        }

        return shown.Count == 0 ? [] : isNarrow ? [.. shown.SelectMany(Narrow)] : Wide(shown);
    }

    private static List<Row> Wide(List<(int Index, LadderMoment Moment)> shown)
    {
        var tokens = new List<Token>();
        for (int i = 0; i < shown.Count; i++)
        {
            (int index, LadderMoment moment) = shown[i];
            bool isCaused = moment.Kind == LadderMomentKind.Departure && i > 0 && shown[i - 1].Moment.Step.Fate != LadderFate.Damaged;
            if (i > 0)
            {
                tokens.Add(new Token(index, isCaused ? " → " : " · ", string.Empty));
            }

            tokens.Add(Of(index, moment, isAnswered: i + 1 < shown.Count));
        }

        List<Row> rows = [new Row(tokens, IsSmall: false)];
        rows.AddRange(shown.SelectMany(static m => Aside(m.Index, m.Moment)).Select(static token => new Row([token], IsSmall: true)));
        foreach ((int index, LadderMoment moment) in shown.Where(static m => m.Moment.IsRepetition).Take(1))
        {
            rows.Add(new Row(Reason(index, moment.Step), IsSmall: true));
        }

        return rows;
    }

    private IEnumerable<Row> Narrow((int Index, LadderMoment Moment) shown)
    {
        (int index, LadderMoment moment) = shown;
        bool isNamed = moment.Kind is LadderMomentKind.Departure or LadderMomentKind.Arrival
            && !LadderWords.IsDamaged(moment) && !LadderWords.IsMistaken(moment);
        var name = new Token(
            index, isNamed ? LadderWords.Name(moment.Step) : LadderWords.Line(moment), Of(index, moment, isAnswered: true).CssClass);
        var time = new Token(index, clock.Text(moment.TimeNanoseconds), "quiet");
        List<Row> rows = time.Text.Length + 1 + name.Text.Length <= NarrowRoom
            ? [new Row([time with { Text = time.Text + " " }, name], IsSmall: false)]
            : [new Row([time], IsSmall: false), new Row([name], IsSmall: true)];
        List<Token> below = [];
        if (isNamed)
        {
            below.Add(new Token(index, LadderWords.Note(moment), IsBad(moment) ? "bad" : "quiet"));
        }

        below.AddRange(Aside(index, moment));
        below.AddRange(moment.IsRepetition ? Reason(index, moment.Step) : []);
        rows.AddRange(below.SelectMany(static token => WrappedText.Lines(token.Text, NarrowRoom)
            .Select(line => new Row([token with { Text = line }], IsSmall: true))));
        return rows;
    }

    private static IEnumerable<Token> Aside(int index, LadderMoment moment)
    {
        string aside = LadderWords.Aside(moment);
        return aside.Length == 0 ? [] : [new Token(index, $"({aside})", "quiet truth")];
    }

    private static bool IsBad(LadderMoment moment) => moment.Step.Fate == LadderFate.Damaged
        || moment.Step.Reception is LadderReception.OutOfOrder or LadderReception.NoRoom;

    private static Token Of(int index, LadderMoment moment, bool isAnswered)
    {
        LadderStep step = moment.Step;
        (string text, string cssClass) = moment.Kind switch
        {
            LadderMomentKind.Mark => (LadderWords.Line(moment), step.Kind == LadderStepKind.TimerFired ? "again" : "bad"),
            LadderMomentKind.Arrival when step.Fate == LadderFate.Damaged => (LadderWords.Note(moment), "bad"),
            LadderMomentKind.Arrival when LadderWords.IsMistaken(moment) => (LadderWords.Line(moment), string.Empty),
            LadderMomentKind.Arrival when step.Kind == LadderStepKind.Frame => ArrivedFrame(moment, isAnswered),
            _ => (LadderWords.Line(moment), ArrowShape.ClassOf(step)),
        };
        return new Token(index, text, cssClass);
    }

    /// <summary>Short, where the acknowledgement beside it says which frame is missing.</summary>
    private static (string Text, string CssClass) ArrivedFrame(LadderMoment moment, bool isAnswered)
    {
        string note = (isAnswered, moment.Step.Reception) switch
        {
            (true, LadderReception.KeptAhead) => "kept",
            (true, LadderReception.Duplicate) => "had it",
            (true, LadderReception.OutOfOrder) => "dropped",
            _ => LadderWords.Note(moment),
        };
        string name = LadderWords.Frame(moment.Step);
        return (note.Length == 0 ? name : $"{name}: {note}", IsBad(moment) ? "bad" : string.Empty);
    }

    /// <summary>Why a frame goes again, and what its sender cannot know.</summary>
    private static List<Token> Reason(int index, LadderStep step)
    {
        string reason = step.Cause switch
        {
            TraceCause.Timeout => "time-out",
            TraceCause.GoBackRewind => "goes back",
            TraceCause.GapReport => "gap reported",
            TraceCause.PacketThreshold => "later frames answered",
            TraceCause.TimeThreshold => "answer overdue",
            TraceCause.ProbeTimeout => "no answer at all",
            TraceCause.PersistentCongestion => "no answer for long",
            _ => "again",
        };
        List<Token> tokens = [new Token(index, reason, "quiet")];
        string truth = LadderWords.Truth(step);
        if (truth.Length > 0)
        {
            tokens.Add(new Token(index, $" ({truth})", "quiet truth"));
        }

        return tokens;
    }
}

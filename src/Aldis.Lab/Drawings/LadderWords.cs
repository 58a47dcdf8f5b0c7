using System.Globalization;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>The short words on a ladder: the same in text, in pictures and on pages.</summary>
internal static class LadderWords
{
    /// <summary>The name of an arrow: what it carries, its transmission, and which one it replaces.</summary>
    public static string Label(LadderStep step) => step.Kind switch
    {
        LadderStepKind.Frame when step.IsLinkCopy => Text($"copy of #{step.PacketNumber}"),
        LadderStepKind.Frame when step.Transmission > 1 => Text($"{Frame(step)} #{step.PacketNumber} for #{step.ReplacedPacketNumber}"),
        LadderStepKind.Frame => ShortLabel(step),
        LadderStepKind.Acknowledgement when step.IsLinkCopy => "copy of " + Acknowledgement(step),
        LadderStepKind.Acknowledgement => Acknowledgement(step),
        LadderStepKind.Probe => Text($"probe #{step.PacketNumber}"),
        LadderStepKind.Control => step.Cause.ToString().ToUpperInvariant(),
        _ => string.Empty,
    };

    /// <summary>The name of an arrow without the transmission it replaces, which the reason before it names too.</summary>
    public static string ShortLabel(LadderStep step) =>
        step is { Kind: LadderStepKind.Frame, IsLinkCopy: false } ? Name(step) : Label(step);

    /// <summary>What happens in a moment, in a word or two; empty if it is what everybody expects.</summary>
    public static string Note(LadderMoment moment) => (moment.Kind, moment.Step) switch
    {
        (LadderMomentKind.Loss, { FateCause: TraceCause.QueueFull }) => "lost: queue full",
        (LadderMomentKind.Loss, _) => "lost",
        _ when IsDamaged(moment) => "damaged: dropped",
        (LadderMomentKind.Arrival, { } step) => step.Reception switch
        {
            LadderReception.Progress when step.TakenFor >= 0 => Text($"taken for ACK {step.TakenFor}"),
            _ when step.TakenFor >= 0 => Text($"taken for frame {step.TakenFor}"),
            LadderReception.InOrder => "taken",
            LadderReception.KeptAhead => Text($"kept, {step.NextFrame} missing"),
            LadderReception.Duplicate => "dropped: had it",
            LadderReception.OutOfOrder => Text($"dropped, {step.NextFrame} missing"),
            LadderReception.NoRoom => "dropped: no room",
            LadderReception.Stale => "nothing new",
            _ => string.Empty,
        },
        _ => string.Empty,
    };

    /// <summary>A moment in a line, as the side where it happens sees it: what it is about, and what happens.</summary>
    public static string Line(LadderMoment moment)
    {
        bool isMistaken = IsMistaken(moment);
        string name = moment.Step.Kind switch
        {
            LadderStepKind.TimerFired => "time-out",
            LadderStepKind.Ended => "the connection ended",
            LadderStepKind.DamagedArrival => "damaged: dropped",
            _ when moment.Kind == LadderMomentKind.Departure => Label(moment.Step),
            _ when IsDamaged(moment) => string.Empty,
            LadderStepKind.Frame when isMistaken => Text($"frame {moment.Step.TakenFor}") + Number(moment.Step),
            LadderStepKind.Acknowledgement when isMistaken => Text($"ACK {moment.Step.TakenFor}") + Number(moment.Step),
            _ => Name(moment.Step),
        };
        string note = isMistaken ? "taken" : Note(moment);
        return name.Length == 0 || note.Length == 0 ? name + note : $"{name}: {note}";
    }

    /// <summary>What the side where a moment happens cannot see of it: what it is that arrives damaged or is taken for another, and what
    /// the link made. Often empty.</summary>
    public static string Aside(LadderMoment moment)
    {
        string name = IsDamaged(moment) ? Name(moment.Step) : IsMistaken(moment) ? "in truth " + Name(moment.Step) : string.Empty;
        string copy = moment is { Kind: LadderMomentKind.Arrival, Step.IsLinkCopy: true } ? "copy" : string.Empty;
        return name.Length == 0 || copy.Length == 0 ? name + copy : $"{name}, {copy}";
    }

    /// <summary>Whether something arrives that is taken for another of the same number.</summary>
    public static bool IsMistaken(LadderMoment moment) => moment is { Kind: LadderMomentKind.Arrival, Step.TakenFor: >= 0 };

    /// <summary>Whether something arrives of which nothing can be believed.</summary>
    public static bool IsDamaged(LadderMoment moment) => moment is { Kind: LadderMomentKind.Arrival, Step.Fate: LadderFate.Damaged };

    /// <summary>Whether a moment is shown: timers that repeat nothing and second thoughts are in the figures, not on a ladder.</summary>
    public static bool IsShown(LadderMoment moment) => moment.Step.Kind switch
    {
        LadderStepKind.TimerFired => moment.Step.Cause is TraceCause.Timeout or TraceCause.ProbeTimeout,
        LadderStepKind.WronglyGivenUp => false,
        _ => true,
    };

    /// <summary>Why a frame goes again, as its sender sees it.</summary>
    public static string Reason(LadderStep step, LadderClock clock) => step.Cause switch
    {
        TraceCause.Timeout => $"time-out: no answer to {Frame(step)}{Since(step, clock)}",
        TraceCause.GoBackRewind => $"go back: {Frame(step)} follows a lost one",
        TraceCause.GapReport => $"the receiver reports a gap at {Frame(step)}",
        TraceCause.PacketThreshold => $"later frames were acknowledged, {Frame(step)} was not",
        TraceCause.TimeThreshold => $"a later frame was acknowledged, {Frame(step)} is overdue",
        TraceCause.ProbeTimeout => $"no answer at all: {Frame(step)} goes again{Since(step, clock)}",
        TraceCause.PersistentCongestion => $"no answer for long: {Frame(step)} goes again",
        _ => $"{Frame(step)} goes again",
    };

    /// <summary>What its sender cannot know: what had become of the copy that is replaced, so far. Empty if nobody knows.</summary>
    public static string Truth(LadderStep step) => step.ReplacedFate switch
    {
        ReplacedCopyFate.Lost => Text($"#{step.ReplacedPacketNumber} was lost"),
        ReplacedCopyFate.Damaged => Text($"#{step.ReplacedPacketNumber} was damaged"),
        ReplacedCopyFate.Discarded => Text($"#{step.ReplacedPacketNumber} was dropped, out of order"),
        ReplacedCopyFate.AcknowledgementLost => "its ACK was lost",
        ReplacedCopyFate.UnderWay => Text($"#{step.ReplacedPacketNumber} is still under way"),
        ReplacedCopyFate.AcknowledgementUnderWay => "needless: its ACK is under way",
        _ => string.Empty,
    };

    /// <summary>A frame by its number, or by its bytes where frames have no fixed size; without bytes it
    /// carries the end of the stream.</summary>
    public static string Frame(LadderStep step) => step.Frame >= 0
        ? Text($"frame {step.Frame}") + Number(step)
        : step.Length > 0 ? Text($"bytes {step.Offset} to {step.Offset + step.Length - 1}") : "the end";

    /// <summary>Whether an acknowledgement also says that a frame behind a gap arrived.</summary>
    public static bool NamesMore(LadderStep step) => step.Says == AnswerKind.Selective
        && step.NextFrame >= 0 && step.AnsweredFrame >= step.NextFrame
        && (step.Reception == LadderReception.Selective
            || step.AnsweredReception is LadderReception.KeptAhead or LadderReception.Duplicate);

    /// <summary>What an arrow carries, whoever made it.</summary>
    public static string Name(LadderStep step) => step.Kind switch
    {
        LadderStepKind.Frame => Text($"{Frame(step)} #{step.PacketNumber}"),
        LadderStepKind.Acknowledgement => Acknowledgement(step),
        _ => Label(step),
    };

    private static string Acknowledgement(LadderStep step)
    {
        if (step.Says == AnswerKind.Individual && step.AnsweredFrame >= 0)
        {
            return Text($"ACK of {step.AnsweredFrame}") + Number(step);
        }

        long next = step.NextFrame >= 0 ? step.NextFrame : step.NextOffset;
        return (NamesMore(step) ? Text($"ACK {next} +{step.AnsweredFrame}") : Text($"ACK {next}")) + Number(step);
    }

    /// <summary>The number that is carried, where it is not the frame's own.</summary>
    private static string Number(LadderStep step) => step.Number < 0 ? string.Empty : Text($" ({step.Number})");

    private static string Since(LadderStep step, LadderClock clock) =>
        step.ReplacedDepartureNanoseconds < 0 ? string.Empty : $" since {clock.Text(step.ReplacedDepartureNanoseconds)}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

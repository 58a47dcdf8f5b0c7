using System.Globalization;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>Says in plain words what happens, and what each side knows and waits for: a paragraph for each moment.</summary>
/// <param name="strategy">How frames are repeated.</param>
/// <param name="windowFrames">Frames that may be unacknowledged.</param>
/// <param name="clock">How times are written.</param>
/// <param name="width">Columns of the terminal.</param>
/// <param name="indent">Columns left free at the left.</param>
/// <param name="frames">Frames in all.</param>
internal sealed class LadderExplanation(ArqMode strategy, int windowFrames, long frames, LadderClock clock, int width, int indent)
{
    private const string TooShort = " The timer is shorter than the way there and back.";
    private const string Unnoticed = ", and nobody will ever know";
    private const int LeastLine = 24;
    private const int LongestLine = 96;

    private readonly HashSet<Topic> _told = [];

    /// <summary>What is explained in full once.</summary>
    private enum Topic
    {
        Sending,
        Loss,
        Damage,
        Duplicate,
        OutOfOrder,
        Behind,
        Answer,
        LostAnswer,
        Stale,
        Impatience,
        Mistake,
    }

    /// <summary>The paragraph of a moment, line by line.</summary>
    public IEnumerable<string> Paragraph(LadderMoment moment)
    {
        string margin = new(' ', indent);
        string text = Join(Seen(moment), Hidden(moment));
        return WrappedText.Lines(text, Math.Clamp(width - indent, LeastLine, LongestLine)).Select(line => margin + line);
    }

    /// <summary>What the side where it happens does and knows; of a loss, what it did before.</summary>
    public string Seen(LadderMoment moment) => (moment.Step.Kind, moment.Kind) switch
    {
        (LadderStepKind.Frame, LadderMomentKind.Arrival) => Arrival(moment.Step),
        (LadderStepKind.Frame, _) => moment.Step.Transmission > 1 ? Repetition(moment.Step) : First(moment.Step),
        (LadderStepKind.Acknowledgement, LadderMomentKind.Arrival) => AnswerArrival(moment.Step),
        (LadderStepKind.Acknowledgement, _) => Answer(moment.Step),
        (LadderStepKind.Probe, not LadderMomentKind.Arrival) => "The sender has heard nothing for too long and asks for a sign of life.",
        _ => string.Empty,
    };

    /// <summary>What neither side can know: the truth about the copy before, and a loss.</summary>
    public string Hidden(LadderMoment moment)
    {
        bool isFrame = moment.Step.Kind == LadderStepKind.Frame;
        return moment switch
        {
            { Kind: LadderMomentKind.Loss } => Join(Truth(moment.Step), isFrame ? Lost() : AnswerLost()),
            { Kind: LadderMomentKind.Departure, Step.Fate: LadderFate.UnderWay } =>
                Join(Truth(moment.Step), "It is still under way when the run ends."),
            { Kind: LadderMomentKind.Departure } => Truth(moment.Step),
            { Kind: LadderMomentKind.Arrival, Step.TakenFor: >= 0 } =>
                $"In truth it is {LadderWords.Name(moment.Step).Replace(' ', '\u00A0')}, which has the same number{Once(Topic.Mistake, Unnoticed)}.",
            { Kind: LadderMomentKind.Arrival, Step.IsLinkCopy: true } => "The link made this second copy; nobody sent it.",
            _ => string.Empty,
        };
    }

    private string First(LadderStep step)
    {
        bool isNew = _told.Add(Topic.Sending);
        if (strategy == ArqMode.StopAndWait)
        {
            return isNew
                ? $"The sender sends {Name(step)} and starts its timer. Until the answer comes it sends nothing else."
                : $"The sender sends {Name(step)} and waits.";
        }

        long open = step.WindowNext - step.WindowStart;
        string window = open >= windowFrames ? "the window is full now, and it must wait for an answer"
            : isNew ? $"it may have {Number(windowFrames)} frames out, its window, before the first of them is answered"
            : $"{Number(open)} of {Number(windowFrames)} are out";
        return $"The sender sends {Name(step)}: {window}.";
    }

    private string Truth(LadderStep step) => step.IsRepetition ? step.ReplacedFate switch
    {
        ReplacedCopyFate.Lost => $"In truth #{Number(step.ReplacedPacketNumber)} was lost on the way.",
        ReplacedCopyFate.Damaged => $"In truth #{Number(step.ReplacedPacketNumber)} was damaged on the way and dropped.",
        ReplacedCopyFate.Discarded => $"In truth #{Number(step.ReplacedPacketNumber)} came, but the receiver dropped it, out of order.",
        ReplacedCopyFate.AcknowledgementLost =>
            $"In truth #{Number(step.ReplacedPacketNumber)} arrived, and its answer was lost: the sender cannot tell the two apart.",
        ReplacedCopyFate.UnderWay => $"In truth #{Number(step.ReplacedPacketNumber)} is still under way." + Impatient(step),
        ReplacedCopyFate.AcknowledgementUnderWay => "In truth nothing is wrong: the answer is under way." + Impatient(step),
        _ => string.Empty,
    } : string.Empty;

    private string Impatient(LadderStep step) => step.Cause == TraceCause.Timeout ? Once(Topic.Impatience, TooShort) : string.Empty;

    private string Repetition(LadderStep step)
    {
        string again = $"It sends {Name(step)} again, as #{Number(step.PacketNumber)}";
        string waited = step.ReplacedDepartureNanoseconds < 0
            ? "long enough" : clock.WithUnit(step.TimeNanoseconds - step.ReplacedDepartureNanoseconds);
        return step.Cause switch
        {
            TraceCause.GoBackRewind => $"Then it sends {Name(step)} again, as #{Number(step.PacketNumber)}"
                + Once(Topic.Behind, ": it follows the frame that had no answer, and the receiver keeps nothing behind a gap") + ".",
            TraceCause.Timeout when strategy == ArqMode.GoBackN =>
                $"The timer has run out: for {waited} no answer to {Name(step)}, the oldest. The sender goes back to it, and "
                + "sends everything from there on again.",
            TraceCause.Timeout => $"The timer has run out: for {waited} no answer to {Name(step)}. {again}.",
            TraceCause.PacketThreshold =>
                $"The sender has answers to later frames, but none to {Name(step)}: it takes it for lost, without a timer. {again}.",
            TraceCause.TimeThreshold =>
                $"A later frame was answered, and the answer to {Name(step)} is overdue: the sender takes it for lost. {again}.",
            TraceCause.ProbeTimeout =>
                $"For {waited} no answer at all. The sender takes the oldest frames for lost to provoke one. {again}.",
            _ => $"{again}.",
        };
    }

    private string Lost() => "The link loses it." + Once(
        Topic.Loss, " Neither side knows that: the sender waits for an answer, the receiver for a frame.");

    private string AnswerLost() => "The link loses it." + Once(Topic.LostAnswer, strategy == ArqMode.StopAndWait
        ? " The receiver thinks all is well; the sender waits for an answer that never comes."
        : " A later answer says the same and more, if it comes before the timer fires.");

    private string Arrival(LadderStep step)
    {
        if (step.Fate == LadderFate.Damaged)
        {
            return "Something arrives with flipped bits, as its checksum shows, and the receiver drops it without a word."
                + Once(Topic.Damage, " Nothing in it can be believed, not even its number.");
        }

        string name = Capital(Name(step));
        return step.Reception switch
        {
            _ when step.TakenFor >= 0 =>
                $"{Capital(Frame(step.TakenFor))} arrives, as its number, {Number(step.Number)}, says, and the receiver keeps it.",
            LadderReception.InOrder => $"{name} arrives, the one the receiver waits for{Passed(step)}. " + Waiting(step),
            LadderReception.KeptAhead => $"{name} arrives. The receiver still misses {Expected(step)}, but keeps this one for later.",
            LadderReception.Duplicate => $"{name} arrives. The receiver has it already and drops it, but answers"
                + Once(Topic.Duplicate, ": perhaps its first answer was lost") + ".",
            LadderReception.OutOfOrder => $"{name} arrives, but the receiver waits for {Expected(step)} and drops it"
                + Once(Topic.OutOfOrder, ", because it keeps nothing behind a gap. It answers with what it waits for") + ".",
            LadderReception.NoRoom => $"{name} arrives, but the receiver has no room for it and drops it.",
            _ => string.Empty,
        };
    }

    private string Answer(LadderStep step)
    {
        string before = step.NextFrame >= frames ? "I have everything" : $"I have everything before {Expected(step)}";
        return step.Says == AnswerKind.Individual ? $"The receiver answers: frame\u00A0{Number(step.AnsweredFrame)} arrived."
            : LadderWords.NamesMore(step) ? $"The receiver answers: {before}, and frame {Number(step.AnsweredFrame)} too."
            : $"The receiver answers ACK {Number(step.NextFrame)}: {before}.";
    }

    private string AnswerArrival(LadderStep step)
    {
        if (step.Fate == LadderFate.Damaged)
        {
            return "Something arrives with flipped bits; the sender drops it, as if it had been lost.";
        }

        string name = LadderWords.ShortLabel(step).Replace(' ', '\u00A0');
        return step.Reception switch
        {
            _ when step.TakenFor >= 0 => $"ACK\u00A0{Number(step.TakenFor)} arrives, as its number, {Number(step.Number)}, says. "
                + $"The sender's window begins at {Frame(step.TakenFor)} now.",
            LadderReception.Progress when step.WindowStart >= frames =>
                $"{Capital(name)} arrives. The sender knows now that everything arrived.",
            LadderReception.Progress when strategy == ArqMode.StopAndWait =>
                $"{Capital(name)} arrives. The sender" + Once(Topic.Answer, " stops its timer, and") + " may send the next frame.",
            LadderReception.Progress => $"{Capital(name)} arrives. The sender's window begins at {Frame(step.WindowStart)} now.",
            LadderReception.Selective => $"{Capital(name)} arrives. The window cannot move, but that frame need not go again.",
            LadderReception.Stale => $"{Capital(name)} arrives and says nothing new, so the sender does nothing"
                + Once(Topic.Stale, ": if an answer could make it repeat, one copy too many would breed another for ever") + ".",
            _ => string.Empty,
        };
    }

    private string Waiting(LadderStep step) =>
        step.NextFrame >= frames ? "Everything has arrived." : $"Now it waits for {Expected(step)}.";

    /// <summary>What a teacher says the first time only.</summary>
    private string Once(Topic topic, string text) => _told.Add(topic) ? text : string.Empty;

    /// <summary>How many frames the receiver passed on, if it had kept some behind this one.</summary>
    private string Passed(LadderStep step)
    {
        long passed = step.NextFrame - step.Frame;
        return strategy == ArqMode.SelectiveRepeat && passed > 1
            ? $"; with those it kept, {Number(passed)} frames are complete"
            : string.Empty;
    }

    private static string Join(string first, string second) => $"{first} {second}".Trim();

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Name(LadderStep step) => LadderWords.Frame(step).Replace(' ', '\u00A0');

    private static string Expected(LadderStep step) => Frame(step.NextFrame);

    private static string Frame(long index) => "frame\u00A0" + Number(index);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Drawings;

/// <summary>The laboratory's settings and closed forms in words: the same in text, in pictures and on pages.</summary>
internal static class LabWords
{
    private const double NsPerSecond = 1e9;

    /// <summary>The name of a strategy, as <c>--strategy</c> takes it.</summary>
    public static string Strategy(ArqMode strategy) => KebabName.Of(strategy);

    /// <summary>The experiment in two lines: what is sent how, and over which link.</summary>
    public static IEnumerable<string> Experiment(LabSettings settings)
    {
        string frames = settings.Frames == 1 ? "1 frame" : Text($"{settings.Frames:#,##0} frames");
        string window = settings.Strategy == ArqMode.StopAndWait ? string.Empty : Text($", window {settings.WindowFrames:#,##0}");
        string bits = settings.SequenceBits is int count ? ", numbers of " + Bits(count) : string.Empty;
        string timeout = settings.TimeoutNanoseconds == 0 ? "measured" : Seconds(settings.TimeoutNanoseconds / NsPerSecond);
        timeout += settings.RestartsTimer ? " from the last ACK" : string.Empty;
        string answers = settings.Answers == AnswerKind.Selective ? string.Empty : $", {KebabName.Of(settings.Answers)} ACKs";
        string size = Text($"{settings.FrameSize:#,##0} bytes");
        yield return $"{Strategy(settings.Strategy)}: {frames} of {size}{window}{bits}{answers}, "
            + Text($"time-out {timeout}, seed {settings.Seed}");

        string link = $"link: {Quantity.Rate(settings.BitsPerSecond)}, {Seconds(settings.DelayNanoseconds / NsPerSecond)} one way, "
            + $"loss {Quantity.Percentage(settings.Loss)} of frames, {Quantity.Percentage(settings.ReplyLoss)} of ACKs";
        link += settings.HeaderSize != LabSettings.HeaderSizeByDefault
            ? Text($", headers of {settings.HeaderSize:#,##0} bytes") : string.Empty;
        link += settings.AcknowledgementSize is int acknowledgement ? Text($", ACKs of {acknowledgement:#,##0} bytes") : string.Empty;
        link += settings.ProcessingNanoseconds > 0
            ? $", {Seconds(settings.ProcessingNanoseconds / NsPerSecond)} to answer" : string.Empty;
        link += Killed("transmission", "#", settings.KilledTransmissions) + Killed("ACK", "no. ", settings.KilledAcknowledgements);
        link += settings.Scene is { } scene
            ? Fates("transmission #", scene.Transmissions) + Fates("ACK no. ", scene.Acknowledgements) : string.Empty;
        link += settings.Corrupt > 0 ? $", {Quantity.Percentage(settings.Corrupt)} damaged" : string.Empty;
        link += settings.Duplicate > 0 ? $", {Quantity.Percentage(settings.Duplicate)} doubled" : string.Empty;
        yield return link + (settings.Reorder > 0 ? $", {Quantity.Percentage(settings.Reorder)} held back" : string.Empty);
    }

    /// <summary>The closed form, with its symbols' values.</summary>
    public static string Form(LabTheory theory, LabSettings settings)
    {
        string cycle = "S = " + Seconds(theory.Link.CycleSeconds);
        string round = "P = " + Quantity.Percentage(Math.Round(theory.Link.RoundLoss, 6));
        string loss = "p = " + Quantity.Percentage(Math.Round(theory.Link.FrameLoss, 6));
        string answers = "q = " + Quantity.Percentage(Math.Round(theory.Link.ReplyLoss, 6));
        string timeout = "TO = " + Seconds(theory.TimeoutSeconds);
        string window = Text($"W = {settings.WindowFrames}");
        string form = theory.Form switch
        {
            LabTheoryForm.StopAndWait => $"L/(S + TO·P/(1−P)); {cycle}, {timeout}, {round}",
            LabTheoryForm.GoBackN => $"W frames a cycle, TO lost with each loss; {window}, {cycle}, {timeout}, {loss}",
            LabTheoryForm.GoBackNWalk => $"a Markov chain, walked; {window}, {cycle}, {timeout}, {loss}, {answers}",
            LabTheoryForm.SelectiveRepeatRounds => $"a Markov chain of rounds; {window}, {cycle}, {timeout}, {loss}, {answers}",
            _ => $"approximation by maxima of geometric numbers; {window}, {cycle}, {timeout}, {loss}, {answers}",
        };
        return Unbroken(form);
    }

    /// <summary>The textbook's simpler form by its formula.</summary>
    public static string Textbook(LabTheory theory, LabSettings settings)
    {
        string cycle = Text($"1+2a = {theory.Link.CycleFrames:0.#}");
        bool isFull = settings.WindowFrames >= theory.Link.CycleFrames;
        return Unbroken(settings.Strategy switch
        {
            ArqMode.StopAndWait => "ideal timer, L(1−P)/S",
            ArqMode.GoBackN when isFull => $"ideal timer, (1−p)/(1+2ap); {cycle}",
            ArqMode.GoBackN => $"ideal timer, W(1−p)/((1+2a)(1−p+Wp)); {cycle}",
            _ when isFull => $"never held up, 1−p; {cycle}",
            _ => $"never held up, W(1−p)/(1+2a); {cycle}",
        });
    }

    /// <summary>What the form assumes and the experiment does not keep, as a sentence.</summary>
    public static string Broken(LabAssumption assumption) => assumption switch
    {
        LabAssumption.TimeoutCoversTheCycle => "the form assumes a time-out of at least a cycle; this one is shorter",
        LabAssumption.LossesComeByChance => "the form assumes losses by chance; here it was said what is lost",
        LabAssumption.NumbersTellFramesApart => "the form assumes numbers that tell frames apart; these cannot",
        LabAssumption.TimerRunsFromTheOldestFrame =>
            "the form assumes a timer that runs from the oldest frame; here each new ACK starts it anew",
        LabAssumption.AcknowledgementsNameAll =>
            "the form assumes ACKs that name every frame that is there; these say only what comes next",
        LabAssumption.FramesAlwaysWait => "the form assumes that a frame always waits to be sent; here they come as the scene says",
        LabAssumption.NothingIsOvertaken => "the form assumes that nothing is overtaken; this link reorders",
        LabAssumption.NothingIsDuplicated => "the form assumes that nothing is doubled; this link doubles",
        _ => "the form assumes that a lost ACK is made good by the next in time; some here are not",
    };

    /// <summary>Whether numbers suffice for the window, by the textbook's rule.</summary>
    public static string Numbers(SequenceNumbers numbers, LabSettings settings)
    {
        string rule = settings.Strategy == ArqMode.SelectiveRepeat
            ? Text($"half of 2^{settings.SequenceBits}") : Text($"2^{settings.SequenceBits} − 1");
        return numbers.AreEnough
            ? Text($"safe: window {settings.WindowFrames} is at most {rule} = {numbers.LargestSafeWindow}, on a link that keeps the order")
            : Text($"too few: window {settings.WindowFrames} is more than {rule} = {numbers.LargestSafeWindow}");
    }

    /// <summary>Why what arrived is not what was sent, and what would have helped.</summary>
    public static string Wrong(LabMistakes mistakes, LabSummary summary)
    {
        LabSettings settings = summary.Settings;
        SequenceNumbers numbers = SequenceNumbers.Of(settings)!;
        LabMistake first = (mistakes.BeganWithFrame ? mistakes.FirstFrame : mistakes.FirstAcknowledgement)!.Value;
        string what = mistakes.BeganWithFrame ? "frame" : "ACK";
        string way = numbers.AreEnough
            ? "They are enough for the window on a link that keeps the order; this one lets copies be overtaken"
            : numbers.LargestSafeWindow > 0
                ? Text($"--sequence-bits {numbers.BitsNeeded} or --window {numbers.LargestSafeWindow} tells them apart")
                : Text($"--sequence-bits {numbers.BitsNeeded} tells them apart");
        return Text($"What arrived differs from what was sent: {what} {first.Frame} was taken for {what} {first.TakenFor}, ")
            + Text($"for both carry {numbers.NumberOf(first.Frame)} in {Bits(settings.SequenceBits!.Value)}. {way}.");
    }

    /// <summary>The numbers of so many bits.</summary>
    public static string Bits(int bits) => bits == 1 ? "1 bit" : Text($"{bits} bits");

    /// <summary>A time with a fitting unit and four digits.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        0 => "0 s",
        < 1e-3 => Text($"{seconds * 1e6:0.###} µs"),
        < 1 => Text($"{seconds * 1e3:0.###} ms"),
        < 1e4 => Text($"{seconds:0.###} s"),
        _ => Text($"{seconds:#,##0} s"),
    };

    private static string Killed(string what, string mark, IReadOnlyList<long> numbers) =>
        numbers.Count == 0 ? string.Empty : $", {what} " + Listed(numbers.Select(number => Text($"{mark}{number}"))) + " lost";

    /// <summary>What a scene does to datagrams of one direction.</summary>
    private static string Fates(string what, IReadOnlyDictionary<long, LabFate> fates) => fates.Count == 0 ? string.Empty
        : ", " + Listed(fates.OrderBy(static fate => fate.Key).Select(fate => Text($"{what}{fate.Key} {Fate(fate.Value)}")));

    private static string Fate(LabFate fate)
    {
        string held = fate.HeldNanoseconds > 0 ? Seconds(fate.HeldNanoseconds / NsPerSecond) + " late" : string.Empty;
        string[] all = [held, fate.SecondNanoseconds is null ? string.Empty : "doubled", fate.IsDamaged ? "damaged" : string.Empty];
        return string.Join(" and ", all.Where(static word => word.Length > 0));
    }

    /// <summary>The first of them, and how many more.</summary>
    private static string Listed(IEnumerable<string> items)
    {
        const int Shown = 12;
        string[] all = [.. items];
        return string.Join(", ", all.Take(Shown)) + (all.Length > Shown ? Text($" and {all.Length - Shown:#,##0} more") : string.Empty);
    }

    /// <summary>A line break between a number and what it belongs to would hide both.</summary>
    private static string Unbroken(string form) =>
        form.Replace(" = ", "\u00A0=\u00A0", StringComparison.Ordinal).Replace(" ms", "\u00A0ms", StringComparison.Ordinal)
            .Replace(" %", "\u00A0%", StringComparison.Ordinal);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

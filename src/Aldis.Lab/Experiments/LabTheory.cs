using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Theory;

namespace Aldis.Lab.Experiments;

/// <summary>What the closed forms say about an experiment. Efficiencies are shares of the link's rate, from 0 to 1.</summary>
public sealed record LabTheory
{
    private const double SecondsPerNanosecond = 1e-9;

    /// <summary>A measured time-out lies this part of a cycle above it: what the engine's timer keeps (docs/arq.md, section 7.2).</summary>
    private const double TimerMargin = 1.0 / RoundTripEstimator.LaboratoryMarginDivisor;

    private LabTheory(LabSettings settings)
    {
        Link = LinkOf(settings);
        TimeoutSeconds = settings.TimeoutNanoseconds == 0
            ? Link.CycleSeconds * (1 + TimerMargin) : settings.TimeoutNanoseconds * SecondsPerNanosecond;
    }

    /// <summary>Which form it is.</summary>
    public LabTheoryForm Form { get; private init; }

    /// <summary>The efficiency of a run of so many frames, to its last acknowledgement.</summary>
    public double Efficiency { get; private init; }

    /// <summary>What a textbook's simpler form says, of a run without end: ideal timers, and no acknowledgement lost but in
    /// stop-and-wait.</summary>
    public double TextbookEfficiency { get; private init; }

    /// <summary>Standard deviation that chance alone gives a measurement of so many frames, relative to its mean; null where no form is
    /// known.</summary>
    public double? RelativeDeviation { get; private init; }

    /// <summary>What the form assumes and the experiment does not keep.</summary>
    public IReadOnlyList<LabAssumption> Broken { get; private init; } = [];

    /// <summary>The link as the forms see it: damage counts as loss.</summary>
    internal LinkGeometry Link { get; }

    /// <summary>The time-out the form reckons with: the one that was set, or the one that is measured, 1 + 1/128 cycles.</summary>
    public double TimeoutSeconds { get; }

    /// <summary>Chooses the form for an experiment and evaluates it.</summary>
    /// <param name="settings">The experiment.</param>
    /// <returns>The result; an efficiency of 0 where nothing can arrive.</returns>
    public static LabTheory For(LabSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        LabTheory theory = new(settings) { Broken = AssumptionsBrokenBy(settings), Form = FormOf(settings) };
        LinkGeometry link = theory.Link;
        if (link.RoundLoss >= 1)
        {
            return theory;
        }

        return settings.Strategy switch
        {
            ArqMode.StopAndWait => theory with
            {
                Efficiency = StopAndWaitTheory.Goodput(link, theory.TimeoutSeconds) / link.BitsPerSecond,
                TextbookEfficiency = StopAndWaitTheory.IdealGoodput(link) / link.BitsPerSecond,
                RelativeDeviation = Deviation(link.CycleSeconds, theory.TimeoutSeconds, link.RoundLoss, settings.Frames),
            },
            ArqMode.GoBackN => theory.GoBackN(settings),
            _ => theory.SelectiveRepeat(settings),
        };
    }

    private static LabTheoryForm FormOf(LabSettings settings) => settings.Strategy switch
    {
        ArqMode.StopAndWait => LabTheoryForm.StopAndWait,
        ArqMode.GoBackN => IsWalked(settings) ? LabTheoryForm.GoBackNWalk : LabTheoryForm.GoBackN,
        _ => SelectiveRepeatRounds.Reaches(settings.WindowFrames, AsAnswered(LinkOf(settings), settings).ReplyLoss)
            ? LabTheoryForm.SelectiveRepeatRounds : LabTheoryForm.SelectiveRepeatApproximation,
    };

    /// <summary>Whether go-back-N does what its closed form leaves out, and not more than can be walked.</summary>
    private static bool IsWalked(LabSettings settings)
    {
        LinkGeometry link = LinkOf(settings);
        bool isPlain = link.ReplyLoss == 0 && HasPatience(settings, link) && !(settings.RestartsTimer && link.FrameLoss > 0);
        return settings.Strategy == ArqMode.GoBackN && !isPlain && GoBackNWalk.Reaches(link, settings.WindowFrames);
    }

    private static bool HasPatience(LabSettings settings, LinkGeometry link) =>
        settings.TimeoutNanoseconds == 0 || settings.TimeoutNanoseconds * SecondsPerNanosecond >= link.CycleSeconds;

    /// <summary>Where each acknowledgement speaks for one frame alone, its loss is that frame's.</summary>
    private static LinkGeometry AsAnswered(LinkGeometry link, LabSettings settings) =>
        settings.Answers == AnswerKind.Individual ? link with { FrameLoss = link.RoundLoss, ReplyLoss = 0 } : link;

    private static LinkGeometry LinkOf(LabSettings settings) => new()
    {
        PayloadBytes = settings.FrameSize,
        HeaderBytes = settings.HeaderSize,
        ReplyBytes = settings.AcknowledgementSize ?? LinkGeometry.AcknowledgementBytes,
        ProcessingSeconds = settings.ProcessingNanoseconds * SecondsPerNanosecond,
        BitsPerSecond = settings.BitsPerSecond,
        DelaySeconds = settings.DelayNanoseconds * SecondsPerNanosecond,
        FrameLoss = 1 - ((1 - settings.Loss) * (1 - settings.Corrupt)),
        ReplyLoss = 1 - ((1 - settings.ReplyLoss) * (1 - settings.Corrupt)),
    };

    private static List<LabAssumption> AssumptionsBrokenBy(LabSettings settings)
    {
        LinkGeometry link = LinkOf(settings);
        bool isWalked = IsWalked(settings);
        var broken = new List<LabAssumption>();
        if (!HasPatience(settings, link) && !isWalked)
        {
            broken.Add(LabAssumption.TimeoutCoversTheCycle);
        }

        if (settings.HasChosenFates)
        {
            broken.Add(LabAssumption.LossesComeByChance);
        }

        if (SequenceNumbers.Of(settings) is { AreEnough: false })
        {
            broken.Add(LabAssumption.NumbersTellFramesApart);
        }

        if (settings.RestartsTimer && !isWalked && (settings.HasChosenFates || link.RoundLoss > 0))
        {
            broken.Add(LabAssumption.TimerRunsFromTheOldestFrame);
        }

        if (settings.Answers == AnswerKind.Cumulative && (settings.HasChosenFates || link.FrameLoss > 0))
        {
            broken.Add(LabAssumption.AcknowledgementsNameAll);
        }

        if (settings.Scene is { HasPauses: true })
        {
            broken.Add(LabAssumption.FramesAlwaysWait);
        }

        if (settings.Reorder > 0)
        {
            broken.Add(LabAssumption.NothingIsOvertaken);
        }

        if (settings.Duplicate > 0)
        {
            broken.Add(LabAssumption.NothingIsDuplicated);
        }

        if (settings.Strategy == ArqMode.GoBackN && !isWalked && link.ReplyLoss > 0)
        {
            broken.Add(LabAssumption.LostAcknowledgementsAreMasked);
        }

        return broken;
    }

    /// <summary>Of a sum of n independent times c + TO · (number of failures before a success).</summary>
    private static double Deviation(double successSeconds, double timeoutSeconds, double loss, long frames)
    {
        double failures = loss / (1 - loss);
        double deviation = timeoutSeconds * Math.Sqrt(loss) / (1 - loss);
        return deviation / (successSeconds + (timeoutSeconds * failures)) / Math.Sqrt(frames);
    }

    private LabTheory GoBackN(LabSettings settings)
    {
        LabTheory theory = this with
        {
            TextbookEfficiency = Link.PayloadShare
                * GoBackNTheory.TextbookShare(Link.FrameLoss, settings.WindowFrames, Link.CycleFrames),
        };
        if (Form == LabTheoryForm.GoBackNWalk)
        {
            GoBackNWalk walk = GoBackNWalk.Take(Link, settings.WindowFrames, TimeoutSeconds, settings.RestartsTimer);
            return theory with
            {
                Efficiency = OfRun(walk.Goodput, settings),
                RelativeDeviation = double.Hypot(walk.DeviationOfFrame / Math.Sqrt(settings.Frames), walk.StandardError),
            };
        }

        // A sender that is still busy when its timer fires ends the frame it is sending.
        double slots = Math.Ceiling((TimeoutSeconds / Link.FrameSeconds) - 1e-9);
        double timeout = slots <= settings.WindowFrames ? slots * Link.FrameSeconds : TimeoutSeconds;
        double goodput = GoBackNTheory.WindowedGoodput(Link, settings.WindowFrames, timeout);
        double failures = Link.FrameLoss / (1 - Link.FrameLoss);
        double success = (8.0 * settings.FrameSize / goodput) - (timeout * failures);
        return theory with
        {
            Efficiency = OfRun(goodput, settings),
            RelativeDeviation = Deviation(success, timeout, Link.FrameLoss, settings.Frames),
        };
    }

    private LabTheory SelectiveRepeat(LabSettings settings) => this with
    {
        Efficiency = OfRun(
            SelectiveRepeatTheory.WindowedGoodput(AsAnswered(Link, settings), settings.WindowFrames, TimeoutSeconds), settings),
        TextbookEfficiency = Link.PayloadShare
            * SelectiveRepeatTheory.UpperShare(Link.FrameLoss, settings.WindowFrames, Link.CycleFrames),
    };

    /// <summary>A run ends when the last answer has come, not when the next window could begin.</summary>
    private double OfRun(double goodput, LabSettings settings)
    {
        double window = settings.WindowFrames * Link.FrameSeconds;
        double last = settings.Frames - 1;
        double alone = (last * Link.FrameSeconds) + Link.CycleSeconds;
        double seconds = Link.RoundLoss == 0
            ? (Math.Floor(last / settings.WindowFrames) * Math.Max(window, Link.CycleSeconds))
                + (last % settings.WindowFrames * Link.FrameSeconds) + Link.CycleSeconds
            : Math.Max(
                alone,
                (8.0 * settings.FrameSize * settings.Frames / goodput) + Math.Min(window, Link.CycleSeconds) - Link.FrameSeconds);
        return 8.0 * settings.FrameSize * settings.Frames / seconds / Link.BitsPerSecond;
    }
}

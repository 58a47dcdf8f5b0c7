using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Theory;

namespace Aldis.Lab.Experiments;

/// <summary>
/// The frame size and window that carry most over a link. Were every frame lost with the same probability whatever its size, the largest
/// would always be best; so the loss of an experiment is taken for what makes it on a real link, bit errors, of which a large frame
/// catches more.
/// </summary>
internal sealed record BestChoice
{
    private const double SecondsPerNanosecond = 1e-9;
    private static readonly double[] WindowsInCycles = [1, 1.5, 2, 3, 4, 6, 8];

    /// <summary>The strategy.</summary>
    public required ArqMode Strategy { get; init; }

    /// <summary>Share of bits that the link damages.</summary>
    public required double BitErrorRate { get; init; }

    /// <summary>Payload bytes of the best frame.</summary>
    public required int FrameSize { get; init; }

    /// <summary>The link with such frames.</summary>
    public required LinkGeometry Link { get; init; }

    /// <summary>What the closed form says, as a share of the rate: with the ideal timer, and for selective repeat with a window without
    /// end.</summary>
    public double PredictedEfficiency => Goodput(Strategy, Link) / Link.BitsPerSecond;

    /// <summary>Windows worth a measurement, from small to large. Stop-and-wait has 1. Go-back-N needs the frames of a cycle, and gains
    /// nothing beyond. Selective repeat gains as long as one lost frame can hold the window up; there is no closed form for that.</summary>
    public IReadOnlyList<int> Windows
    {
        get
        {
            IEnumerable<double> frames = Strategy switch
            {
                ArqMode.StopAndWait => [1],
                ArqMode.GoBackN => [Link.CycleFrames],
                _ => WindowsInCycles.Select(cycles => cycles * Link.CycleFrames),
            };
            return [.. frames.Select(static f => (int)Math.Min(LabSettings.LargestWindow, Math.Ceiling(f - 1e-9))).Distinct()];
        }
    }

    /// <summary>Finds the best frame for a strategy.</summary>
    /// <param name="settings">The link; its loss and damage are those of frames of its frame size.</param>
    /// <param name="strategy">The strategy.</param>
    /// <returns>The choice; of equally good ones the smallest.</returns>
    public static BestChoice For(LabSettings settings, ArqMode strategy)
    {
        ArgumentNullException.ThrowIfNull(settings);
        double errors = BitErrors(settings);
        int best = 1;
        double most = 0;
        for (int size = 1; size <= LabSettings.LargestFrameSize; size++)
        {
            double goodput = Goodput(strategy, LinkWith(settings, errors, size));
            if (goodput > most)
            {
                most = goodput;
                best = size;
            }
        }

        return new BestChoice
        {
            Strategy = strategy,
            BitErrorRate = errors,
            FrameSize = best,
            Link = LinkWith(settings, errors, best),
        };
    }

    /// <summary>An experiment that measures it.</summary>
    /// <param name="settings">The link.</param>
    /// <param name="windowFrames">Frames of the window.</param>
    /// <param name="frames">Frames to send.</param>
    /// <returns>Its settings, with losses that bit errors make of frames of this size.</returns>
    public LabSettings Experiment(LabSettings settings, int windowFrames, long frames)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings with
        {
            Strategy = Strategy,
            Frames = frames,
            FrameSize = FrameSize,
            TotalBytes = null,
            Window = Strategy == ArqMode.StopAndWait ? null : windowFrames,
            Loss = Link.FrameLoss,
            AcknowledgementLoss = Link.ReplyLoss,
            Corrupt = 0,
            TimeoutNanoseconds = 0,
        };
    }

    /// <summary>The smallest window that comes close enough to the best.</summary>
    /// <param name="measured">Windows with the efficiency that was measured, at least one.</param>
    /// <param name="share">How close: a share of the highest efficiency.</param>
    /// <returns>Its index.</returns>
    public static int SmallestWithin(IReadOnlyList<(int Window, double Efficiency)> measured, double share)
    {
        ArgumentNullException.ThrowIfNull(measured);
        double enough = share * measured.Max(static m => m.Efficiency);
        return Enumerable.Range(0, measured.Count).Where(i => measured[i].Efficiency >= enough).MinBy(i => measured[i].Window);
    }

    /// <summary>The bit errors that lose as many frames as the experiment says: b = 1 − (1 − p)^(1 / bits).</summary>
    private static double BitErrors(LabSettings settings)
    {
        double arrives = (1 - settings.Loss) * (1 - settings.Corrupt);
        double bits = 8.0 * (settings.FrameSize + settings.HeaderSize);
        return 1 - Math.Pow(arrives, 1 / bits);
    }

    private static LinkGeometry LinkWith(LabSettings settings, double errors, int frameSize) => new()
    {
        PayloadBytes = frameSize,
        HeaderBytes = settings.HeaderSize,
        ReplyBytes = settings.AcknowledgementSize ?? LinkGeometry.AcknowledgementBytes,
        ProcessingSeconds = settings.ProcessingNanoseconds * SecondsPerNanosecond,
        BitsPerSecond = settings.BitsPerSecond,
        DelaySeconds = settings.DelayNanoseconds * SecondsPerNanosecond,
        FrameLoss = BitErrorTheory.FrameLoss(errors, frameSize + settings.HeaderSize),
        ReplyLoss = BitErrorTheory.FrameLoss(errors, settings.AcknowledgementSize ?? LinkGeometry.AcknowledgementBytes),
    };

    private static double Goodput(ArqMode strategy, LinkGeometry link) => link.RoundLoss >= 1 ? 0 : strategy switch
    {
        ArqMode.StopAndWait => StopAndWaitTheory.IdealGoodput(link),
        ArqMode.GoBackN => GoBackNTheory.ContinuousGoodput(link, link.CycleFrames),
        _ => SelectiveRepeatTheory.UnlimitedGoodput(link),
    };
}

namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// Goodput of go-back-N with independent frame losses. Lost acknowledgements are masked by later ones, since acknowledgements are
/// cumulative, and so do not appear.
/// </summary>
internal static class GoBackNTheory
{
    /// <summary>
    /// Goodput where the window never stops the sender (W ≥ K): a lost frame costs N frame times, η = L/(L+H) · (1 − p) / (1 − p + p·N).
    /// With N = K = 1 + 2a this is the textbook's (1 − p) / (1 + 2ap).
    /// </summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="framesPerLoss">N: TO / T_f if a timer repairs, see <see cref="FramesPerReportedLoss"/> if a report does.</param>
    /// <returns>Payload bits per second.</returns>
    public static double ContinuousGoodput(LinkGeometry link, double framesPerLoss)
    {
        ArgumentNullException.ThrowIfNull(link);
        double passed = 1 - link.FrameLoss;
        return link.BitsPerSecond * link.PayloadShare * passed / (passed + (link.FrameLoss * framesPerLoss));
    }

    /// <summary>N where the receiver reports gaps (REJ): the report needs the next frame that arrives, K + 1 / (1 − p).</summary>
    /// <param name="link">The link and the frame.</param>
    /// <returns>Frame times lost with each lost frame.</returns>
    public static double FramesPerReportedLoss(LinkGeometry link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.CycleFrames + (1 / (1 - link.FrameLoss));
    }

    /// <summary>
    /// Goodput with any window, where a timer repairs. After a return the sender sends W frames at once and then waits for the answers, so
    /// frame k of a run without loss leaves at ⌊k/W⌋·S + (k mod W)·T_f (at k·T_f, if the window never stops it). The run ends with a
    /// loss, after k frames with probability (1 − p)^k · p, and the next begins TO after the lost frame. The ratio of the mean number of
    /// frames of a run, (1 − p)/p, to its mean length is the goodput. Where W ≥ K this is <see cref="ContinuousGoodput"/> with N = TO / T_f.
    /// </summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="windowFrames">Frames of the window, W, at least 1.</param>
    /// <param name="timeoutSeconds">From the start of a lost frame to the start of the return, TO; at least the cycle.</param>
    /// <returns>Payload bits per second.</returns>
    public static double WindowedGoodput(LinkGeometry link, int windowFrames, double timeoutSeconds)
    {
        ArgumentNullException.ThrowIfNull(link);
        double lost = link.FrameLoss;
        double stall = Math.Max(0, link.CycleSeconds - (windowFrames * link.FrameSeconds)); // of each window sent without loss
        if (lost == 0)
        {
            return 8.0 * link.PayloadBytes / (link.FrameSeconds + (stall / windowFrames));
        }

        double whole = Math.Pow(1 - lost, windowFrames);
        double framesInRun = (1 - lost) / lost;
        double windowsInRun = whole / (1 - whole); // mean of ⌊k/W⌋
        return 8.0 * link.PayloadBytes * framesInRun / ((framesInRun * link.FrameSeconds) + (windowsInRun * stall) + timeoutSeconds);
    }

    /// <summary>The textbook's form for any window, with the ideal timer: (1 − p) / (1 + 2ap), or W(1 − p) / ((1 + 2a)(1 − p + Wp)) where
    /// the window is smaller than the cycle of K = 1 + 2a frames.</summary>
    /// <param name="frameLoss">Share of frames lost, p.</param>
    /// <param name="windowFrames">Frames of the window, W.</param>
    /// <param name="cycleFrames">Frames in one cycle, K.</param>
    /// <returns>Share of the link's frame slots, from 0 to 1.</returns>
    public static double TextbookShare(double frameLoss, int windowFrames, double cycleFrames)
    {
        double inFlight = Math.Min(windowFrames, cycleFrames);
        return inFlight * (1 - frameLoss) / (cycleFrames * (1 - frameLoss + (inFlight * frameLoss)));
    }

    /// <summary>Mean frames accepted in one round of a window that is sent whole and acknowledged whole: (1 − p)(1 − (1 − p)^W) /
    /// p.</summary>
    /// <param name="frameLoss">Share of frames lost.</param>
    /// <param name="windowFrames">Frames of the window, W.</param>
    /// <returns>From 0 to W.</returns>
    public static double AcceptedPerRound(double frameLoss, int windowFrames) =>
        frameLoss == 0 ? windowFrames : (1 - frameLoss) * (1 - Math.Pow(1 - frameLoss, windowFrames)) / frameLoss;
}

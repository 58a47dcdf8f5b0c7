namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// Goodput of go-back-N with independent frame losses. Lost acknowledgements are masked by later ones, since acknowledgements are
/// cumulative, and so do not appear.
/// </summary>
public static class GoBackNTheory
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

    /// <summary>Mean frames accepted in one round of a window that is sent whole and acknowledged whole: (1 − p)(1 − (1 − p)^W) /
    /// p.</summary>
    /// <param name="frameLoss">Share of frames lost.</param>
    /// <param name="windowFrames">Frames of the window, W.</param>
    /// <returns>From 0 to W.</returns>
    public static double AcceptedPerRound(double frameLoss, int windowFrames) =>
        frameLoss == 0 ? windowFrames : (1 - frameLoss) * (1 - Math.Pow(1 - frameLoss, windowFrames)) / frameLoss;
}

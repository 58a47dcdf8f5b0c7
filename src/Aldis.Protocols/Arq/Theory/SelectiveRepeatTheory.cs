namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// Goodput of selective repeat with independent frame losses. With a large window it is the capacity of the erasure channel; with a
/// window of W frames from the oldest missing one it has no closed form, but lies between two that are given here.
/// </summary>
internal static class SelectiveRepeatTheory
{
    /// <summary>Goodput where the window never stops the sender: R · (1 − p) · L / (L + H).</summary>
    /// <param name="link">The link and the frame.</param>
    /// <returns>Payload bits per second.</returns>
    public static double UnlimitedGoodput(LinkGeometry link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.CapacityBitsPerSecond;
    }

    /// <summary>The share of the link's frame slots that a window is sure to fill with new frames: W / (K · E_max), at most 1 −
    /// p.</summary>
    /// <param name="frameLoss">Share of frames lost, p.</param>
    /// <param name="windowFrames">Frames of the window, W.</param>
    /// <param name="cycleFrames">Frames in one cycle, K.</param>
    /// <returns>From 0 to 1.</returns>
    public static double LowerShare(double frameLoss, int windowFrames, double cycleFrames) =>
        Math.Min(1 - frameLoss, windowFrames / (cycleFrames * RoundsUntilWindowArrives(frameLoss, windowFrames)));

    /// <summary>The share that no window exceeds: min(1 − p, W(1 − p) / K). The textbook's formula, which is not reachable at W ≈
    /// K.</summary>
    /// <param name="frameLoss">Share of frames lost, p.</param>
    /// <param name="windowFrames">Frames of the window, W.</param>
    /// <param name="cycleFrames">Frames in one cycle, K.</param>
    /// <returns>From 0 to 1.</returns>
    public static double UpperShare(double frameLoss, int windowFrames, double cycleFrames) =>
        (1 - frameLoss) * Math.Min(1, windowFrames / cycleFrames);

    /// <summary>E_max: mean rounds until every frame of a window has arrived, the mean maximum of W geometric numbers.</summary>
    /// <param name="frameLoss">Share of frames lost, from 0 up to but not including 1.</param>
    /// <param name="windowFrames">Frames of the window.</param>
    /// <returns>At least 1.</returns>
    public static double RoundsUntilWindowArrives(double frameLoss, int windowFrames)
    {
        double rounds = 0;
        double stillLost = 1; // probability that one frame is lost in each of the first k rounds
        double term;
        do
        {
            term = 1 - Math.Pow(1 - stillLost, windowFrames);
            rounds += term;
            stillLost *= frameLoss;
        }
        while (term > 1e-12);

        return rounds;
    }
}

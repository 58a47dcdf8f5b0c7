namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// Goodput of selective repeat with independent losses. With a large window it is the capacity of the erasure channel; with a window of W
/// frames from the oldest missing one it lies between two simple forms, and is <see cref="WindowedGoodput"/>.
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

    /// <summary>
    /// Goodput with any window and a timer for each frame. The time for a frame is that of two limits together: the window's, and the
    /// link's, which has no time for more. Near each other they make it longer than either, the more the more often the window is held up;
    /// that joint is fitted, and so is <see cref="EqualStarts"/>. Of 40 points of windows, losses and time-outs the form is within 6 % at
    /// each (docs/verification.md).
    /// </summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="windowFrames">Frames of the window, W, at least 1.</param>
    /// <param name="timeoutSeconds">From the start of a copy to the start of the next, TO; at least the cycle.</param>
    /// <returns>Payload bits per second.</returns>
    public static double WindowedGoodput(LinkGeometry link, int windowFrames, double timeoutSeconds)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (windowFrames == 1)
        {
            return StopAndWaitTheory.Goodput(link, timeoutSeconds);
        }

        const double SharpestJoint = 60;
        double window = WindowSeconds(link, windowFrames, timeoutSeconds);
        double line = LineSeconds(link, timeoutSeconds);
        double longer = Math.Max(window, line);
        double joint = Math.Min(SharpestJoint, 1.2 + (2.8 * line / window) + (0.25 / (windowFrames * link.FrameLoss)));
        double seconds = link.FrameLoss == 0
            ? longer : longer * Math.Pow(1 + Math.Pow(Math.Min(window, line) / longer, joint), 1 / joint);
        return 8 * link.PayloadBytes / seconds;
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

    /// <summary>Time for a frame where the window alone holds the sender up: rounds of a Markov chain where that can be computed, beyond it
    /// the mean maximum of geometric numbers. A round is a cycle if the whole window arrived, else a time-out.</summary>
    private static double WindowSeconds(LinkGeometry link, int windowFrames, double timeoutSeconds)
    {
        const double ShareOfEqualRounds = 2.0 / 3;
        if (SelectiveRepeatRounds.Reaches(windowFrames, link.ReplyLoss))
        {
            SelectiveRepeatRounds chain = SelectiveRepeatRounds.Solve(windowFrames, link.FrameLoss, link.ReplyLoss);
            return Round(chain.WholeWindows) / chain.FramesPerRound;
        }

        // A received frame is not known if no acknowledgement of a later one of its round, or of one sent before its timer fires, comes.
        double noAnswer = link.RoundLoss;
        double slotsLeft = Math.Max(0, timeoutSeconds - link.CycleSeconds) / link.FrameSeconds;
        double lateAnswers = slotsLeft * Math.Min(1, windowFrames / link.CycleFrames);
        double isLast = (1 - Math.Pow(noAnswer, windowFrames)) / (windowFrames * (1 - noAnswer));
        double staysUnknown = Math.Pow(noAnswer, windowFrames / 2.0); // of a round's frames, about half a window, none is answered
        double rounds = RoundsUntilKnown(link, EqualStarts(windowFrames), isLast * Math.Pow(noAnswer, lateAnswers), staysUnknown);
        double equal = rounds * Round(Math.Pow(1 - noAnswer, windowFrames));
        double firstShorter = link.CycleSeconds + ((rounds - 1) * timeoutSeconds);
        return ((ShareOfEqualRounds * equal) + ((1 - ShareOfEqualRounds) * firstShorter)) / windowFrames;

        double Round(double whole) => (whole * link.CycleSeconds) + ((1 - whole) * timeoutSeconds);
    }

    /// <summary>How many frames that start together hold a window up as long as its W, which start as the window moves.</summary>
    private static double EqualStarts(int windowFrames) => (0.3 * windowFrames) + (0.7 * Math.Sqrt(windowFrames));

    /// <summary>Mean rounds until all of some frames are known to have arrived.</summary>
    private static double RoundsUntilKnown(LinkGeometry link, double frames, double unknown, double staysUnknown)
    {
        double rounds = 1;
        double lost = 1; // probability that a frame is lost in each round so far
        double arrivedUnknown = 0;
        double term;
        do
        {
            arrivedUnknown = (arrivedUnknown * staysUnknown) + (lost * (1 - link.FrameLoss) * link.ReplyLoss * unknown);
            lost *= link.FrameLoss;
            term = 1 - Math.Pow(1 - lost - arrivedUnknown, frames);
            rounds += term;
        }
        while (term > 1e-12);

        return rounds;
    }

    /// <summary>Time for a frame on a line that is never idle: that of all its copies, needless ones among them, for the acknowledgement
    /// of a frame that arrived may be lost, and with it those of the frames behind it until its timer fires.</summary>
    private static double LineSeconds(LinkGeometry link, double timeoutSeconds)
    {
        double slots = Math.Ceiling((timeoutSeconds / link.FrameSeconds) - 1e-9);
        double answersInTime = Math.Max(0, Math.Floor(slots - link.CycleFrames + 1e-9));
        double needless = (1 - link.FrameLoss) * link.ReplyLoss * Math.Pow(link.RoundLoss, answersInTime);
        return link.FrameSeconds / (1 - link.FrameLoss) * (1 + needless);
    }
}

namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// Goodput of stop-and-wait with independent losses: a frame takes S if it and its acknowledgement arrive, and each failed round
/// costs one time-out TO before it, so E[T] = S + TO · P / (1 − P).
/// </summary>
internal static class StopAndWaitTheory
{
    /// <summary>Goodput with the ideal timer, which fires when the acknowledgement should have arrived (TO = S): L · (1 − P) / S.</summary>
    /// <param name="link">The link and the frame.</param>
    /// <returns>Payload bits per second.</returns>
    public static double IdealGoodput(LinkGeometry link) => Goodput(link, Required(link).CycleSeconds);

    /// <summary>Goodput with a constant time-out: L / (S + TO · P / (1 − P)).</summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="timeoutSeconds">From the start of a transmission to the start of its repetition; at least the cycle.</param>
    /// <returns>Payload bits per second.</returns>
    public static double Goodput(LinkGeometry link, double timeoutSeconds) =>
        8 * Required(link).PayloadBytes / (link.CycleSeconds + (timeoutSeconds * link.RoundLoss / (1 - link.RoundLoss)));

    /// <summary>Goodput where each repetition doubles the time-out, at most <paramref name="doublings"/> times.</summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="timeoutSeconds">The first time-out of every frame.</param>
    /// <param name="doublings">The largest time-out is 2 to this power times the first.</param>
    /// <returns>Payload bits per second.</returns>
    public static double GoodputWithBackOff(LinkGeometry link, double timeoutSeconds, int doublings)
    {
        double loss = Required(link).RoundLoss;
        double waiting = 0;
        double reached = loss; // probability that the i-th repetition is needed
        for (int i = 0; i < doublings; i++)
        {
            waiting += reached * Math.Pow(2, i);
            reached *= loss;
        }

        waiting += Math.Pow(2, doublings) * reached / (1 - loss);
        return 8 * link.PayloadBytes / (link.CycleSeconds + (timeoutSeconds * waiting));
    }

    /// <summary>Mean transmissions of a frame: 1 / (1 − P).</summary>
    /// <param name="link">The link and the frame.</param>
    /// <returns>At least 1.</returns>
    public static double TransmissionsPerFrame(LinkGeometry link) => 1 / (1 - Required(link).RoundLoss);

    /// <summary>The longest time-out, in cycles, that still reaches a share of the ideal goodput: 1 + (1/share − 1) / P.</summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="share">Of the ideal goodput, above 0 and at most 1.</param>
    /// <returns>TO / S; infinite without loss.</returns>
    public static double LargestTimeoutInCycles(LinkGeometry link, double share) => 1 + (((1 / share) - 1) / Required(link).RoundLoss);

    /// <summary>Standard deviation of a measured goodput relative to its mean with the ideal timer: √(P / n).</summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="frames">Frames measured, n.</param>
    /// <returns>The relative deviation.</returns>
    public static double RelativeDeviation(LinkGeometry link, long frames) => Math.Sqrt(Required(link).RoundLoss / frames);

    private static LinkGeometry Required(LinkGeometry link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link;
    }
}

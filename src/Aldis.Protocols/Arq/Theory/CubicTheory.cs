namespace Aldis.Protocols.Arq.Theory;

/// <summary>What TCP CUBIC reaches at a given random loss (RFC 9438 section 5.1), to compare with.</summary>
internal static class CubicTheory
{
    private const double SegmentBits = 1448 * 8;

    /// <summary>Mean goodput: the larger of CUBIC's window 1.054 · RTT^¾ / p^¾ and Reno's √(1.5 / p), in segments of 1,448 bytes
    /// for each round trip.</summary>
    /// <param name="roundTripSeconds">Round trip, above 0.</param>
    /// <param name="loss">Share of segments lost, above 0.</param>
    /// <returns>Payload bits per second, not limited by any link.</returns>
    public static double Goodput(double roundTripSeconds, double loss)
    {
        double cubicWindow = 1.054 * Math.Pow(roundTripSeconds, 0.75) / Math.Pow(loss, 0.75);
        double renoWindow = Math.Sqrt(1.5 / loss);
        return Math.Max(cubicWindow, renoWindow) * SegmentBits / roundTripSeconds;
    }
}

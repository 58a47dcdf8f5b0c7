namespace Aldis.Protocols.Arq.Theory;

/// <summary>What independent bit errors mean for frames.</summary>
internal static class BitErrorTheory
{
    /// <summary>Share of frames with at least one wrong bit: 1 − (1 − b)^bits.</summary>
    /// <param name="bitErrorRate">Share of bits that are wrong, b, from 0 to 1.</param>
    /// <param name="frameBytes">The whole frame, headers included.</param>
    /// <returns>From 0 to 1.</returns>
    public static double FrameLoss(double bitErrorRate, int frameBytes) => 1 - Math.Pow(1 - bitErrorRate, 8.0 * frameBytes);

    /// <summary>The payload that carries most over a link kept full: (H/2)(√(1 − 4 / (H·ln(1 − b))) − 1), H in bits.</summary>
    /// <param name="bitErrorRate">Share of bits that are wrong, above 0 and below 1.</param>
    /// <param name="headerBytes">All headers of a frame.</param>
    /// <returns>Payload bytes, not rounded.</returns>
    public static double BestPayloadBytes(double bitErrorRate, int headerBytes)
    {
        double headerBits = 8.0 * headerBytes;
        return headerBits / 2 * (Math.Sqrt(1 - (4 / (headerBits * Math.Log(1 - bitErrorRate)))) - 1) / 8;
    }
}

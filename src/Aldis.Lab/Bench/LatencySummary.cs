using Aldis.Protocols.Measurement;

namespace Aldis.Lab.Bench;

/// <summary>Times as a report has them, in nanoseconds; percentiles are known to 1/128 (0.8 %) of themselves, both ends exactly.</summary>
/// <param name="Count">How many were recorded.</param>
/// <param name="Min">The shortest.</param>
/// <param name="P50">What half of them do not pass.</param>
/// <param name="P90">What nine of ten do not pass.</param>
/// <param name="P99">What 99 of a hundred do not pass.</param>
/// <param name="P999">What 999 of a thousand do not pass.</param>
/// <param name="Max">The longest.</param>
internal sealed record LatencySummary(long Count, long Min, long P50, long P90, long P99, long P999, long Max)
{
    /// <summary>The summary of a histogram.</summary>
    /// <param name="times">The histogram.</param>
    /// <returns>The summary; null of an empty one.</returns>
    public static LatencySummary? Of(LatencyHistogram times) => times.Count == 0
        ? null
        : new LatencySummary(
            times.Count,
            times.MinNanoseconds,
            times.Percentile(50),
            times.Percentile(90),
            times.Percentile(99),
            times.Percentile(99.9),
            times.MaxNanoseconds);
}

using Aldis.Protocols.Measurement;

namespace Aldis.Dashboard.Api;

/// <summary>How long messages waited, from when each was here as a whole to when its acknowledgement may be sent, in milliseconds.</summary>
/// <param name="Count">How many times these are.</param>
/// <param name="P50Ms">Half of them were not longer.</param>
/// <param name="P99Ms">99 of 100 were not longer.</param>
/// <param name="MaxMs">The longest.</param>
/// <param name="Buckets">How many were how long, from the shortest to the longest; null where that was not asked for.</param>
internal sealed record TimesView(long Count, double P50Ms, double P99Ms, double MaxMs, IReadOnlyList<BucketView>? Buckets)
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>Shows times.</summary>
    /// <param name="times">The times; null and none are shown as null.</param>
    /// <param name="showsBuckets">Whether to show all buckets.</param>
    public static TimesView? Of(LatencyHistogram? times, bool showsBuckets) => times is not { Count: > 0 }
        ? null
        : new TimesView(
            times.Count,
            times.Percentile(50) / NanosecondsPerMillisecond,
            times.Percentile(99) / NanosecondsPerMillisecond,
            times.MaxNanoseconds / NanosecondsPerMillisecond,
            showsBuckets
                ? [.. times.ReadBuckets().Select(static one => new BucketView(one.UpToNanoseconds / NanosecondsPerMillisecond, one.Count))]
                : null);
}

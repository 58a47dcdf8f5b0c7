using Aldis.Protocols.Measurement;

namespace Aldis.Dashboard.Watch;

/// <summary>How long messages waited for their acknowledgement in each of the last seconds. Takes all times so far, once a second. Not
/// thread-safe.</summary>
internal sealed class TimesHistory
{
    /// <summary>How many seconds the present figures are made of: in a single one there may be no message.</summary>
    public const int PresentSeconds = 10;

    private const double NanosecondsPerMillisecond = 1e6;

    private readonly Queue<double?> _p99Ms = new(RateHistory.Seconds);
    private readonly Queue<LatencyHistogram> _earlier = new(PresentSeconds + 1);

    /// <summary>The times of the last <see cref="PresentSeconds"/>; null where there was none.</summary>
    public LatencyHistogram? Present { get; private set; }

    /// <summary>The 99th percentile of each second in milliseconds, oldest first, at most <see cref="RateHistory.Seconds"/> of them; null
    /// for a second without a message.</summary>
    public IReadOnlyCollection<double?> P99Ms => _p99Ms;

    /// <summary>Takes all times so far.</summary>
    /// <param name="all">A copy of its own; null where there are none yet.</param>
    public void Sample(LatencyHistogram? all)
    {
        all ??= new LatencyHistogram();
        LatencyHistogram? second = _earlier.Count == 0 ? null : all.Since(_earlier.Last());
        LatencyHistogram? present = _earlier.Count == 0 ? null : all.Since(_earlier.Peek());
        Present = present is { Count: > 0 } ? present : null;
        if (_p99Ms.Count == RateHistory.Seconds)
        {
            _p99Ms.Dequeue();
        }

        _p99Ms.Enqueue(second is { Count: > 0 } ? second.Percentile(99) / NanosecondsPerMillisecond : null);
        if (_earlier.Count == PresentSeconds)
        {
            _earlier.Dequeue();
        }

        _earlier.Enqueue(all);
    }
}

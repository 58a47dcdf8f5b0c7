namespace Aldis.Dashboard.Watch;

/// <summary>What was counted in each of the last seconds. Takes the counts, which only grow, and the time they were read at. Not
/// thread-safe.</summary>
internal sealed class RateHistory
{
    /// <summary>How much is kept.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(10);

    /// <summary>The same, in values: one for each second.</summary>
    public static readonly int Seconds = (int)Length.TotalSeconds;

    private readonly Queue<double> _perSecond = new(Seconds);
    private long _count = -1;
    private TimeSpan _at;

    /// <summary>How many came in the last second; 0 before there was one.</summary>
    public double Latest { get; private set; }

    /// <summary>The rates, oldest first, at most <see cref="Seconds"/> of them.</summary>
    public IReadOnlyCollection<double> PerSecond => _perSecond;

    /// <summary>Takes what was counted so far.</summary>
    /// <param name="count">Never less than before.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    public void Sample(long count, TimeSpan now)
    {
        if (_count >= 0 && now > _at)
        {
            Latest = (count - _count) / (now - _at).TotalSeconds;
            if (_perSecond.Count == Seconds)
            {
                _perSecond.Dequeue();
            }

            _perSecond.Enqueue(Latest);
        }

        (_count, _at) = (count, now);
    }
}

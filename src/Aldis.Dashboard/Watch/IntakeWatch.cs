namespace Aldis.Dashboard.Watch;

/// <summary>How fast connections receive files, over the last seconds. Takes what each has received, which only grows, and the time it was
/// read at. Not thread-safe.</summary>
internal sealed class IntakeWatch
{
    /// <summary>What a rate is taken over: short enough to follow a link that becomes slow, long enough not to flicker.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    private readonly Dictionary<long, Queue<(TimeSpan At, long Bytes)>> _seen = [];

    /// <summary>Takes what those that receive files have received so far; the others are forgotten.</summary>
    /// <param name="intakes">The numbers of the connections, and the bytes of each.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    public void Sample(IEnumerable<(long Number, long BytesReceived)> intakes, TimeSpan now)
    {
        var open = new HashSet<long>();
        foreach ((long number, long bytes) in intakes)
        {
            open.Add(number);
            if (!_seen.TryGetValue(number, out Queue<(TimeSpan At, long Bytes)>? seen))
            {
                _seen.Add(number, seen = new Queue<(TimeSpan At, long Bytes)>());
            }

            seen.Enqueue((now, bytes));
            while (seen.Count > 2 && now - seen.Peek().At > Span)
            {
                seen.Dequeue();
            }
        }

        foreach (long number in _seen.Keys.Where(number => !open.Contains(number)).ToArray())
        {
            _seen.Remove(number);
        }
    }

    /// <summary>How fast one receives.</summary>
    /// <param name="number">The number of the connection.</param>
    /// <returns>Bytes a second; null before it was seen twice, or where it receives none.</returns>
    public double? FindRate(long number)
    {
        if (!_seen.TryGetValue(number, out Queue<(TimeSpan At, long Bytes)>? seen))
        {
            return null;
        }

        (TimeSpan began, long before) = seen.Peek();
        (TimeSpan now, long bytes) = seen.Last();
        return now == began ? null : (bytes - before) / (now - began).TotalSeconds;
    }
}

namespace Aldis.Protocols.Tracing;

/// <summary>Counts events by kind and side.</summary>
internal sealed class TraceCounts : ITraceSink
{
    private const int Sides = 4;
    private const int Kinds = 64;

    private readonly long[] _counts = new long[Kinds * Sides];

    /// <inheritdoc/>
    public void Record(in TraceEvent traceEvent) => _counts[Index(traceEvent.Kind, traceEvent.Side)]++;

    /// <summary>How often a kind happened at one side.</summary>
    /// <param name="kind">What.</param>
    /// <param name="side">Where.</param>
    /// <returns>The number of such events.</returns>
    public long Of(TraceEventKind kind, TraceSide side) => _counts[Index(kind, side)];

    /// <summary>How often a kind happened anywhere.</summary>
    /// <param name="kind">What.</param>
    /// <returns>The number of such events.</returns>
    public long Of(TraceEventKind kind)
    {
        long sum = 0;
        for (int side = 0; side < Sides; side++)
        {
            sum += _counts[Index(kind, (TraceSide)side)];
        }

        return sum;
    }

    private static int Index(TraceEventKind kind, TraceSide side) => ((int)kind * Sides) + (int)side;
}

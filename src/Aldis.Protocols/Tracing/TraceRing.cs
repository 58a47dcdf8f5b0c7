using System.Text;

namespace Aldis.Protocols.Tracing;

/// <summary>Keeps the last events, so that a failure can show what led to it.</summary>
internal sealed class TraceRing : ITraceSink
{
    /// <summary>How many events are kept unless told otherwise.</summary>
    public const int DefaultCapacity = 50;

    private readonly TraceEvent[] _events;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="capacity">Events kept, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not positive.</exception>
    public TraceRing(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _events = new TraceEvent[capacity];
    }

    /// <summary>Events recorded so far, those no longer kept included.</summary>
    public long Count { get; private set; }

    /// <inheritdoc/>
    public void Record(in TraceEvent traceEvent)
    {
        _events[Count % _events.Length] = traceEvent;
        Count++;
    }

    /// <summary>What is kept, oldest first.</summary>
    /// <returns>A copy of at most the capacity's number of events.</returns>
    public TraceEvent[] ToArray()
    {
        int kept = (int)Math.Min(Count, _events.Length);
        var copy = new TraceEvent[kept];
        for (int i = 0; i < kept; i++)
        {
            copy[i] = _events[(Count - kept + i) % _events.Length];
        }

        return copy;
    }

    /// <summary>What is kept as text, one line each, oldest first.</summary>
    /// <returns>The lines; empty if nothing was recorded.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (TraceEvent traceEvent in ToArray())
        {
            text.Append(TraceText.Format(traceEvent)).Append('\n');
        }

        return text.ToString();
    }
}

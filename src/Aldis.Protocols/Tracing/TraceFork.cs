namespace Aldis.Protocols.Tracing;

/// <summary>Hands every event to several sinks, in the order given.</summary>
internal sealed class TraceFork : ITraceSink
{
    private readonly ITraceSink[] _sinks;

    /// <summary>Joins sinks.</summary>
    /// <param name="sinks">Receivers of every event; may be empty.</param>
    /// <exception cref="ArgumentNullException">The array is null.</exception>
    public TraceFork(params ITraceSink[] sinks)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        _sinks = [.. sinks];
    }

    /// <inheritdoc/>
    public void Record(in TraceEvent traceEvent)
    {
        foreach (ITraceSink sink in _sinks)
        {
            sink.Record(traceEvent);
        }
    }
}

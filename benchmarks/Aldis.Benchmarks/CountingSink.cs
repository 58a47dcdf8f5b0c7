using Aldis.Protocols.Tracing;

namespace Aldis.Benchmarks;

/// <summary>The cheapest attached sink: shows what it costs that somebody listens at all.</summary>
internal sealed class CountingSink : ITraceSink
{
    public long Count { get; private set; }

    public void Record(in TraceEvent traceEvent) => Count++;
}

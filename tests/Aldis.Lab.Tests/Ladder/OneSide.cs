using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Tests.Ladder;

/// <summary>Lets the events of one side through, as a real connection has them.</summary>
internal sealed class OneSide(TraceSide side, ITraceSink sink) : ITraceSink
{
    public void Record(in TraceEvent traceEvent)
    {
        if (traceEvent.Side == side)
        {
            sink.Record(traceEvent);
        }
    }
}

namespace Aldis.Protocols.Tracing;

/// <summary>
/// Takes events. An engine holds one or none and calls it on its own thread in the order of events; a sink must not call back.
/// </summary>
internal interface ITraceSink
{
    /// <summary>Takes one event.</summary>
    /// <param name="traceEvent">Valid for the call; copy it to keep it.</param>
    void Record(in TraceEvent traceEvent);
}

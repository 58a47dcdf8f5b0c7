using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Experiments;

/// <summary>Hands events on with another beginning of time; before it is told of one, to nobody.</summary>
internal sealed class RebasedTrace(ITraceSink? sink) : ITraceSink
{
    private long _zeroNanoseconds;
    private bool _isOn;

    /// <summary>From now on events are handed on, and this time is 0.</summary>
    public void Begin(long zeroNanoseconds)
    {
        _zeroNanoseconds = zeroNanoseconds;
        _isOn = sink is not null;
    }

    public void Record(in TraceEvent traceEvent)
    {
        if (_isOn)
        {
            bool isValueTime = traceEvent.Kind is TraceEventKind.LinkAccepted or TraceEventKind.LinkDuplicated
                or TraceEventKind.LinkCorrupted or TraceEventKind.TimerFired;
            sink!.Record(traceEvent with
            {
                TimeNanoseconds = traceEvent.TimeNanoseconds - _zeroNanoseconds,
                Value = isValueTime ? traceEvent.Value - _zeroNanoseconds : traceEvent.Value,
            });
        }
    }
}

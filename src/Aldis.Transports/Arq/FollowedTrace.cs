using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;

namespace Aldis.Transports.Arq;

/// <summary>Who follows the frames of one connection. Under the driver's lock.</summary>
/// <param name="engine">The connection.</param>
internal sealed class FollowedTrace(ArqConnection engine)
{
    private readonly Tracer _own = engine.Trace;
    private readonly List<ITraceSink> _sinks = [];

    /// <summary>Adds one.</summary>
    /// <param name="sink">Is told from now on.</param>
    public void Add(ITraceSink sink)
    {
        _sinks.Add(sink);
        Apply();
    }

    /// <summary>Removes one.</summary>
    /// <param name="sink">Is told no longer.</param>
    public void Remove(ITraceSink sink)
    {
        _sinks.Remove(sink);
        Apply();
    }

    private void Apply()
    {
        Tracer trace = _sinks.Count == 0 ? _own : _own.With(new TraceFork([.. _sinks]));
        engine.Trace = trace;
        if (engine.Established is { } established)
        {
            established.Core.Trace = trace;
        }
    }
}

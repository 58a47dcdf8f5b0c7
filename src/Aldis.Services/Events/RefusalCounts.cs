using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Aldis.Services.Events;

/// <summary>How many refusals and faults there were of each kind, conversation and cause, and how many connections ended for a cause: closed
/// sets all, so that no stranger makes it grow. Thread-safe.</summary>
internal sealed class RefusalCounts
{
    private readonly ConcurrentDictionary<(ServiceEventKind Kind, string Service, ServiceEventCause Cause), StrongBox<long>> _counts = [];

    /// <summary>Counts one, with those that it stands for.</summary>
    /// <param name="what">A refusal, a fault, or the end of a connection.</param>
    public void Count(in ServiceEvent what) => Interlocked.Add(
        ref _counts.GetOrAdd((what.Kind, what.Service, what.Cause), static _ => new StrongBox<long>()).Value, 1 + what.Further);

    /// <summary>What was counted so far.</summary>
    public IEnumerable<(ServiceEventKind Kind, string Service, ServiceEventCause Cause, long Count)> Snapshot() =>
        _counts.Select(static one => (one.Key.Kind, one.Key.Service, one.Key.Cause, Volatile.Read(ref one.Value.Value)));
}

using Aldis.Services.Events;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Keeps every event and lets a test wait for one.</summary>
internal sealed class RecordedEvents : IServiceEvents
{
    private readonly Lock _lock = new();
    private readonly List<ServiceEvent> _all = [];
    private readonly List<(Func<ServiceEvent, bool> Wanted, TaskCompletionSource<ServiceEvent> Found)> _waiting = [];

    public bool ShowsPayload => true;

    public bool IsObserved => true;

    public ServiceEvent[] All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    public ServiceEvent[] Of(ServiceEventKind kind) => [.. All.Where(what => what.Kind == kind)];

    public void Publish(in ServiceEvent what)
    {
        ServiceEvent copy = what;
        lock (_lock)
        {
            _all.Add(copy);
            for (int index = _waiting.Count - 1; index >= 0; index--)
            {
                if (_waiting[index].Wanted(copy))
                {
                    _waiting[index].Found.TrySetResult(copy);
                    _waiting.RemoveAt(index);
                }
            }
        }
    }

    /// <summary>Waits for an event, past ones included.</summary>
    public Task<ServiceEvent> WaitForAsync(Func<ServiceEvent, bool> wanted)
    {
        var found = new TaskCompletionSource<ServiceEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            foreach (ServiceEvent past in _all.Where(wanted))
            {
                return Task.FromResult(past);
            }

            _waiting.Add((wanted, found));
        }

        return found.Task.InTime();
    }

    public Task<ServiceEvent> WaitForAsync(ServiceEventKind kind) => WaitForAsync(what => what.Kind == kind);
}

namespace Aldis.Services.Events;

/// <summary>
/// Lets no stranger flood the log: of what was refused for the same reason one event a second goes on, and says how many more it stands
/// for (<see cref="ServiceEvent.Further"/>). The first of a reason goes on at once; what was kept back is told when its second is over,
/// with the last of them for an example. Everything else passes. A reason is a word (<see cref="ServiceEvent.Cause"/>), because sentences
/// have numbers that strangers choose; the sentence is one where the word says nothing, and of faults, each of which is to be seen.
/// </summary>
internal sealed class RefusalSummary : IServiceEvents, IDisposable
{
    /// <summary>Reasons that are told apart at a time, so that reasons with a number in them cannot fill the memory.</summary>
    private const int MostReasons = 256;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IServiceEvents _next;
    private readonly RefusalCounts? _counts;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(ServiceEventKind Kind, string Service, ServiceEventCause Cause, string? Sentence), Kept> _reasons = [];
    private readonly ITimer _timer;
    private bool _isTimerSet;

    /// <summary>Begins.</summary>
    /// <param name="next">Who is told.</param>
    /// <param name="time">The clock of the seconds.</param>
    /// <param name="counts">Counts each of them; nobody does if left out.</param>
    public RefusalSummary(IServiceEvents next, TimeProvider time, RefusalCounts? counts = null)
    {
        _next = next;
        _counts = counts;
        _time = time;
        _timer = time.CreateTimer(
            static summary => ((RefusalSummary)summary!).TellKept(isLast: false), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public bool ShowsPayload => _next.ShowsPayload;

    /// <inheritdoc/>
    public bool IsObserved => _next.IsObserved;

    /// <inheritdoc/>
    bool IServiceEvents.IsObservedOf(long connection) => _next.IsObservedOf(connection);

    /// <inheritdoc/>
    public void Publish(in ServiceEvent what)
    {
        if (what.Kind is ServiceEventKind.ConnectionRefused or ServiceEventKind.MessageRefused or ServiceEventKind.FileRefused
            or ServiceEventKind.DatagramRefused or ServiceEventKind.Fault)
        {
            _counts?.Count(what);
            if (!MayPass(what))
            {
                return;
            }
        }
        else if (what is { Kind: ServiceEventKind.ConnectionClosed, Cause: not ServiceEventCause.None })
        {
            _counts?.Count(what);
        }

        _next.Publish(what);
    }

    /// <summary>Tells what is kept back still.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        TellKept(isLast: true);
    }

    private bool MayPass(in ServiceEvent what)
    {
        lock (_lock)
        {
            TimeSpan now = Now();
            Kept reason = Find(what, now);
            if (reason.Count == 0 && now >= reason.MayPassAt)
            {
                reason.MayPassAt = now + Pause;
                return true;
            }

            reason.Count += 1 + what.Further;
            reason.Last = what;
            if (!_isTimerSet)
            {
                _isTimerSet = true;
                _timer.Change(Pause, Timeout.InfiniteTimeSpan);
            }

            return false;
        }
    }

    private Kept Find(in ServiceEvent what, TimeSpan now)
    {
        bool isWord = what.Kind != ServiceEventKind.Fault && what.Cause is not (ServiceEventCause.None or ServiceEventCause.Other);
        (ServiceEventKind, string, ServiceEventCause, string?) key = (what.Kind, what.Service, what.Cause, isWord ? null : what.Detail);
        if (!_reasons.TryGetValue(key, out Kept? reason))
        {
            if (_reasons.Count >= MostReasons)
            {
                foreach (var old in _reasons.Where(one => one.Value.Count == 0 && now >= one.Value.MayPassAt).ToArray())
                {
                    _reasons.Remove(old.Key);
                }

                // Where still too many are about, one stands for all new ones of its kind.
                key = _reasons.Count >= MostReasons ? (what.Kind, string.Empty, default, null) : key;
            }

            if (!_reasons.TryGetValue(key, out reason))
            {
                _reasons.Add(key, reason = new Kept());
            }
        }

        return reason;
    }

    private void TellKept(bool isLast)
    {
        var due = new List<ServiceEvent>();
        lock (_lock)
        {
            TimeSpan now = Now();
            _isTimerSet = false;
            foreach (Kept reason in _reasons.Values.Where(static one => one.Count > 0))
            {
                if (isLast || now >= reason.MayPassAt)
                {
                    due.Add(reason.Last with { Further = reason.Count - 1 });
                    reason.Count = 0;
                    reason.MayPassAt = now + Pause;
                }
                else
                {
                    _isTimerSet = true;
                }
            }

            if (_isTimerSet && !isLast)
            {
                _timer.Change(Pause, Timeout.InfiniteTimeSpan);
            }
        }

        foreach (ServiceEvent what in due)
        {
            _next.Publish(what);
        }
    }

    private TimeSpan Now() => _time.GetElapsedTime(0);

    private sealed class Kept
    {
        public TimeSpan MayPassAt { get; set; }

        public long Count { get; set; }

        public ServiceEvent Last { get; set; }
    }
}

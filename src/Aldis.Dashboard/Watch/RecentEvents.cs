using Aldis.Services.Events;

namespace Aldis.Dashboard.Watch;

/// <summary>
/// The last events but those that come with each message, for who opens the page later or comes back: a ring, whatever happens. Thread-safe.
/// </summary>
/// <param name="capacity">How many are kept, from 1.</param>
internal sealed class RecentEvents(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<ServiceEvent> _kept = new(capacity);
    private long _evicted;
    private long _last;

    /// <summary>Adds an event.</summary>
    /// <param name="what">The event, numbered by its hub.</param>
    public void Add(in ServiceEvent what)
    {
        lock (_lock)
        {
            if (_kept.Count == capacity)
            {
                _evicted = _kept.Dequeue().Number;
            }

            _kept.Enqueue(what);
            _last = what.Number;
        }
    }

    /// <summary>Says that events were lost on their way here: whoever reads is told of a gap.</summary>
    public void HandleMissed()
    {
        lock (_lock)
        {
            _evicted = Math.Max(_evicted, _last + 1);
        }
    }

    /// <summary>Reads what came after an event.</summary>
    /// <param name="after">The number of the last event that is known; 0 reads all that is kept. A number that was not given yet is of a
    /// server before this one: then too.</param>
    /// <param name="most">Events at most.</param>
    public RecentEventsPage Read(long after, int most)
    {
        lock (_lock)
        {
            long known = after <= _last ? after : 0;
            if (known == _last && known >= _evicted)
            {
                // Who follows asks again and again, and mostly nothing has happened.
                return new RecentEventsPage([], IsGap: false);
            }

            ServiceEvent[] events = [.. _kept.Where(what => what.Number > known).Take(most)];
            return new RecentEventsPage(events, IsGap: known < _evicted && after != 0);
        }
    }
}

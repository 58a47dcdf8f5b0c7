using System.Threading.Channels;

namespace Aldis.Services.Events;

/// <summary>
/// One who follows an <see cref="EventHub"/>, with a queue of its own. What finds no room in it is dropped and counted for this follower
/// alone; neither the hub nor another follower notices. One reader at a time; dispose it to stop following.
/// </summary>
public sealed class EventFollower : IDisposable
{
    private readonly EventHub _hub;
    private readonly Channel<(ServiceEvent What, long Missed)> _queue;

    /// <summary>Events that found no room behind the last one that did.</summary>
    private long _dropped;

    internal EventFollower(EventHub hub, int capacity, bool wantsPayload, bool wantsMessages, long? connection, long gone)
    {
        _hub = hub;
        Gone = gone;
        WantsPayload = wantsPayload;
        WantsMessages = wantsMessages;
        Connection = connection;
        _queue = Channel.CreateBounded<(ServiceEvent, long)>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <summary>
    /// How many of the events that were asked for were over and forgotten when the follower began. They are not told as missed again.
    /// </summary>
    public long Gone { get; }

    /// <summary>Whether events come with the beginning of their payload, as far as it was kept.</summary>
    public bool WantsPayload { get; }

    /// <summary>Whether events that come with each message are among them (<see cref="ServiceEvent.IsPerMessage"/>).</summary>
    public bool WantsMessages { get; }

    /// <summary>The one connection whose events are wanted; null where those of all are, and those of none.</summary>
    internal long? Connection { get; }

    /// <summary>Takes the next event, without waiting.</summary>
    /// <param name="what">The event.</param>
    /// <param name="missed">
    /// How many events were dropped since the last one that was told of, right before this one, or behind the last where there is none to
    /// read now. Each is told once.
    /// </param>
    /// <returns>False where there is none.</returns>
    public bool TryRead(out ServiceEvent what, out long missed)
    {
        if (!_queue.Reader.TryRead(out (ServiceEvent What, long Missed) next))
        {
            if (Volatile.Read(ref _dropped) == 0)
            {
                (what, missed) = (default, 0);
                return false;
            }

            // Events are offered under the lock: what was dropped is behind everything that can be read here, or is told with it.
            lock (_hub.Gate)
            {
                if (!_queue.Reader.TryRead(out next))
                {
                    (what, missed) = (default, _dropped);
                    _dropped = 0;
                    return false;
                }
            }
        }

        (what, missed) = next;
        return true;
    }

    /// <summary>Waits until there is something to read.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where nothing more comes: the follower was disposed, and what was queued is read.</returns>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _queue.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Follows no longer; what is queued can still be read.</summary>
    public void Dispose()
    {
        _hub.Remove(this);
        _queue.Writer.TryComplete();
    }

    /// <summary>Takes an event into the queue or drops it. Under the hub's lock.</summary>
    /// <param name="what">The event.</param>
    internal void Offer(in ServiceEvent what)
    {
        if ((what.IsPerMessage && !WantsMessages) || (Connection is { } connection && what.Connection != connection))
        {
            return;
        }

        if (_queue.Writer.TryWrite((WantsPayload ? what : what with { Payload = default }, _dropped)))
        {
            _dropped = 0;
        }
        else
        {
            _dropped++;
        }
    }
}

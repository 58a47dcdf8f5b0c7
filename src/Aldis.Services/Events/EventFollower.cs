using System.Threading.Channels;

namespace Aldis.Services.Events;

/// <summary>
/// One who follows an <see cref="EventHub"/>, with a queue of its own. What finds no room in it is dropped and counted for this follower
/// alone; neither the hub nor another follower notices. One reader at a time; dispose it to stop following.
/// </summary>
public sealed class EventFollower : IDisposable
{
    private readonly EventHub _hub;
    private readonly Channel<ServiceEvent> _queue;

    /// <summary>The number of the last event that was read or told as missed. The reader's own.</summary>
    private long _last;

    /// <summary>The number of the newest event that found no room.</summary>
    private long _lastDropped;

    internal EventFollower(EventHub hub, int capacity, bool wantsPayload, long last, long gone)
    {
        _hub = hub;
        _last = last;
        Gone = gone;
        WantsPayload = wantsPayload;
        _queue = Channel.CreateBounded<ServiceEvent>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <summary>
    /// How many of the events that were asked for were over and forgotten when the follower began. They are not told as missed again.
    /// </summary>
    public long Gone { get; }

    /// <summary>Whether events come with the beginning of their payload, as far as it was kept.</summary>
    public bool WantsPayload { get; }

    /// <summary>Takes the next event, without waiting.</summary>
    /// <param name="what">The event.</param>
    /// <param name="missed">
    /// How many events were dropped since the last one that was told of, right before this one, or behind the last where there is none to
    /// read now. Each is told once.
    /// </param>
    /// <returns>False where there is none.</returns>
    public bool TryRead(out ServiceEvent what, out long missed)
    {
        // Read before the queue is: what was dropped by then and is not in the queue cannot come any more.
        long dropped = Volatile.Read(ref _lastDropped);
        if (_queue.Reader.TryRead(out what))
        {
            missed = what.Number - _last - 1;
            _last = what.Number;
            return true;
        }

        missed = Math.Max(0, dropped - _last);
        _last += missed;
        return false;
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
        if (!_queue.Writer.TryWrite(WantsPayload ? what : what with { Payload = default }))
        {
            Volatile.Write(ref _lastDropped, what.Number);
        }
    }
}

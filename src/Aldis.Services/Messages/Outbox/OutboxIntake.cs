namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// The way into an outbox: what was handed over is held until it is taken, as much of it with one sync as there is. Where the outbox has no
/// room, as much is taken as fits; the rest is held, and tried again when what was settled meanwhile may have made room.
/// </summary>
/// <param name="outbox">The outbox.</param>
/// <param name="taken">Told each message that was taken, with its item number.</param>
internal sealed class OutboxIntake(IOutbox outbox, Action<long, OutboxEntry> taken)
{
    private readonly List<OutboxEntry> _held = [];
    private long _settledAtLastTry;

    /// <summary>Messages that were handed over and are not taken yet.</summary>
    public int Count => _held.Count;

    /// <summary>Bytes of their payloads.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why the outbox takes no more now; null as long as it does.</summary>
    public string? FullReason { get; private set; }

    /// <summary>Messages that were handed over and given up.</summary>
    public long NotTaken { get; private set; }

    /// <summary>Whether there is something to take, and what was settled since the last try may have made room for it.</summary>
    public bool MayTake => _held.Count > 0 && (FullReason is null || outbox.State.AcknowledgedItem > _settledAtLastTry);

    /// <summary>Takes over a message; it is the outbox's after <see cref="Take"/>.</summary>
    /// <param name="entry">The message.</param>
    public void Hold(OutboxEntry entry)
    {
        _held.Add(entry);
        Bytes += entry.Payload.Length;
    }

    /// <summary>Takes what is held, or as much of it as there is room for.</summary>
    /// <exception cref="OutboxException">The outbox has failed.</exception>
    public void Take()
    {
        _settledAtLastTry = outbox.State.AcknowledgedItem;
        FullReason = null;
        int count = _held.Count;
        while (count > 0)
        {
            try
            {
                TakeFirst(count);
                count = _held.Count;
            }
            catch (OutboxFullException full)
            {
                FullReason = full.Message;
                count /= 2;
            }
        }

        FullReason = _held.Count > 0 ? FullReason : null;
    }

    /// <summary>Gives up what is held.</summary>
    /// <param name="reason">Told to whoever waits for it.</param>
    public void GiveUp(Exception reason)
    {
        _held.ForEach(entry => entry.Fail(reason));
        NotTaken += _held.Count;
        _held.Clear();
        Bytes = 0;
    }

    private void TakeFirst(int count)
    {
        long last = 0;
        for (int index = 0; index < count; index++)
        {
            last = outbox.Add(_held[index].Payload.Span);
        }

        outbox.Sync();
        for (int index = 0; index < count; index++)
        {
            Bytes -= _held[index].Payload.Length;
            taken(last - count + 1 + index, _held[index]);
            _held[index].Taken?.TrySetResult();
        }

        _held.RemoveRange(0, count);
    }
}

using Aldis.Services.Events;

namespace Aldis.Services.Tests.Events;

/// <summary>What one follower read, and where it was told that something is missing.</summary>
internal sealed class FollowedAccount(EventFollower follower)
{
    public List<ServiceEvent> Events { get; } = [];

    /// <summary>The number before the gap, and how many were missed.</summary>
    public List<(long After, long Count)> Missed { get; } = [];

    public IReadOnlyList<long> Numbers => [.. Events.Select(static what => what.Number)];

    public void Read(int count)
    {
        for (; count > 0 && TryRead(); count--)
        {
        }
    }

    public void ReadAll()
    {
        while (TryRead())
        {
        }
    }

    /// <summary>Asserts that every number from 1 on was read, in order, or lies in a gap that was told.</summary>
    public void AssertComplete(long last)
    {
        long next = 1;
        foreach (ServiceEvent what in Events)
        {
            next += MissedAfter(next - 1);
            Assert.Equal(next, what.Number);
            next++;
        }

        Assert.Equal(last, next - 1 + MissedAfter(next - 1));
    }

    private long MissedAfter(long number)
    {
        long count = 0;
        foreach ((long after, long missed) in Missed)
        {
            count += after == number + count ? missed : 0;
        }

        return count;
    }

    private bool TryRead()
    {
        bool isRead = follower.TryRead(out ServiceEvent what, out long missed);
        if (missed > 0)
        {
            Missed.Add((isRead ? what.Number - missed - 1 : LastTold(), missed));
        }

        if (isRead)
        {
            Events.Add(what);
        }

        return isRead;
    }

    private long LastTold()
    {
        long read = Events.Count == 0 ? 0 : Events[^1].Number;
        long told = Missed.Count == 0 ? 0 : Missed[^1].After + Missed[^1].Count;
        return Math.Max(read, told);
    }
}

namespace Aldis.Protocols.Load;

/// <summary>Deals what is due by a schedule to the lanes of one thread, each request once. Pure; not safe for several threads at
/// once.</summary>
/// <param name="schedule">When requests are due; null for a closed loop, in which none ever is.</param>
/// <param name="lanes">The numbers of the lanes in the schedule.</param>
internal sealed class DueRequests(OpenLoopSchedule? schedule, IReadOnlyList<int> lanes)
{
    private long _dealt;

    /// <summary>When the next request is due; the greatest number where none is.</summary>
    public long NextAt => schedule is null
        ? long.MaxValue
        : schedule.DueAt(lanes[(int)(_dealt % lanes.Count)], _dealt / lanes.Count);

    /// <summary>Takes the next request that is due.</summary>
    /// <param name="now">The time.</param>
    /// <param name="end">What is due then or later is none.</param>
    /// <param name="lane">Which of the lanes has it, from 0.</param>
    /// <returns>False where none is due.</returns>
    public bool TryTake(long now, long end, out int lane)
    {
        lane = (int)(_dealt % lanes.Count);
        long dueAt = NextAt;
        if (schedule is null || dueAt > now || dueAt >= end)
        {
            return false;
        }

        _dealt++;
        return true;
    }
}

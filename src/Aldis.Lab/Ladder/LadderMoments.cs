namespace Aldis.Lab.Ladder;

/// <summary>
/// Takes steps apart into moments and hands these over in the order in which they happened. Of one instant, what caused something comes
/// before it. Holds what is under way.
/// </summary>
/// <param name="take">Takes each moment.</param>
internal sealed class LadderMoments(Action<LadderMoment> take) : ILadderOutput
{
    private readonly PriorityQueue<LadderMoment, (long Time, long Order, LadderMomentKind Kind)> _pending = new();

    /// <summary>The moments of steps that are all there.</summary>
    /// <param name="steps">In the order in which a builder hands them over.</param>
    public static List<LadderMoment> Of(IEnumerable<LadderStep> steps)
    {
        var all = new List<LadderMoment>();
        var moments = new LadderMoments(all.Add);
        foreach (LadderStep step in steps)
        {
            moments.Take(step);
        }

        moments.Complete();
        return all;
    }

    /// <inheritdoc/>
    public void Take(LadderStep step)
    {
        foreach (LadderMoment moment in MomentsOf(step))
        {
            long order = moment.Kind == LadderMomentKind.Arrival ? Math.Max(step.Order, step.ArrivalOrder) : step.Order;
            _pending.Enqueue(moment, (moment.TimeNanoseconds, order, moment.Kind));
        }

        // Nothing that comes later happened before this.
        HandOverUpTo(step.TimeNanoseconds, step.Order);
    }

    /// <summary>Hands over what is left: no more steps come.</summary>
    public void Complete() => HandOverUpTo(long.MaxValue, long.MaxValue);

    private static IEnumerable<LadderMoment> MomentsOf(LadderStep step)
    {
        if (!step.IsArrow)
        {
            yield return new LadderMoment(step, LadderMomentKind.Mark);
            yield break;
        }

        if (step is { DepartureNanoseconds: >= 0, IsLinkCopy: false })
        {
            yield return new LadderMoment(step, LadderMomentKind.Departure);
        }

        if (step.IsLost)
        {
            yield return new LadderMoment(step, LadderMomentKind.Loss);
        }
        else if (step is { ArrivalNanoseconds: >= 0, Fate: not LadderFate.UnderWay })
        {
            yield return new LadderMoment(step, LadderMomentKind.Arrival);
        }
    }

    private void HandOverUpTo(long time, long order)
    {
        while (_pending.TryPeek(out LadderMoment moment, out (long Time, long Order, LadderMomentKind Kind) at)
            && (at.Time, at.Order).CompareTo((time, order)) <= 0)
        {
            _pending.Dequeue();
            take(moment);
        }
    }
}

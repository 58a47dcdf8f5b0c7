using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Scenarios;

/// <summary>
/// What a link does now, in both directions, and how a script and a person at the keyboard change that. It decides; who owns it tells the
/// link. Not thread-safe.
/// </summary>
internal sealed class LinkBoard
{
    private static readonly LinkDirection[] Directions = [LinkDirection.ToTarget, LinkDirection.ToClient];

    private readonly LinkFaults[] _initial;
    private readonly LinkFaults[] _now;
    private readonly IReadOnlyList<ScriptStep> _steps;
    private int _next;

    /// <summary>Begins.</summary>
    /// <param name="toTarget">What the link does on the way to the target.</param>
    /// <param name="toClient">What it does on the way back.</param>
    /// <param name="script">What is to happen; null for nothing.</param>
    public LinkBoard(LinkFaults toTarget, LinkFaults toClient, LinkScript? script = null)
    {
        _initial = [toTarget, toClient];
        _now = [toTarget, toClient];
        _steps = script?.Steps ?? [];
    }

    /// <summary>When the next step of the script is due, from the start; null where none is left.</summary>
    public TimeSpan? Due => _next < _steps.Count ? _steps[_next].At : null;

    /// <summary>What a direction does.</summary>
    /// <param name="direction">Which.</param>
    public LinkFaults this[LinkDirection direction] => _now[(int)direction];

    /// <summary>Whether both directions are cut.</summary>
    public bool IsCut => _now[0].IsCut && _now[1].IsCut;

    /// <summary>Whether it does what it began with.</summary>
    public bool IsAsItBegan => _now[0] == _initial[0] && _now[1] == _initial[1];

    /// <summary>Takes the steps of the script that are due.</summary>
    /// <param name="elapsed">Time since the start.</param>
    /// <returns>The steps that were taken, in order.</returns>
    public IReadOnlyList<ScriptStep> Advance(TimeSpan elapsed)
    {
        var taken = new List<ScriptStep>();
        while (Due <= elapsed)
        {
            ScriptStep step = _steps[_next++];
            foreach (LinkChange change in step.Changes)
            {
                Change(change, step.Direction);
            }

            taken.Add(step);
        }

        return taken;
    }

    /// <summary>Changes what it does.</summary>
    /// <param name="change">How.</param>
    /// <param name="only">In which direction; null for both.</param>
    public void Change(LinkChange change, LinkDirection? only = null)
    {
        foreach (LinkDirection direction in Directions)
        {
            if (only is null || only == direction)
            {
                _now[(int)direction] = change(direction, _now[(int)direction], _initial[(int)direction]);
            }
        }
    }
}

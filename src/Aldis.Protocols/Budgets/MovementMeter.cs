namespace Aldis.Protocols.Budgets;

/// <summary>
/// Tells how much a connection moved over the last minute in which it could have moved. Counts in steps of ten seconds, so that a burst
/// is forgotten when its minute is over and not with the minute after.
/// </summary>
internal struct MovementMeter
{
    /// <summary>Over what time it is told.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private const int Steps = 6;

    private static readonly TimeSpan Step = Window / Steps;

    private long[]? _movedBefore;
    private int _steps;
    private TimeSpan _inStep;

    /// <summary>Bytes that moved in the last whole window; null while there is none.</summary>
    public long? MovedBytes { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        _movedBefore = null;
        _steps = 0;
        _inStep = TimeSpan.Zero;
        MovedBytes = null;
    }

    /// <summary>Takes that time went by in which it could have moved.</summary>
    /// <param name="passed">How much.</param>
    /// <param name="moved">Bytes that moved so far, since it was opened.</param>
    public void Take(TimeSpan passed, long moved)
    {
        if (_movedBefore is null)
        {
            _movedBefore = new long[Steps];
            Array.Fill(_movedBefore, moved);
        }

        _inStep += passed;
        if (_inStep < Step)
        {
            return;
        }

        _inStep = TimeSpan.Zero;
        ref long oldest = ref _movedBefore[_steps % Steps];
        _steps++;
        MovedBytes = _steps >= Steps ? moved - oldest : null;
        oldest = moved;
    }
}

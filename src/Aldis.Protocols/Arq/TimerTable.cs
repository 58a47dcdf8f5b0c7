using System.Runtime.CompilerServices;

namespace Aldis.Protocols.Arq;

/// <summary>One deadline per <see cref="TimerKind"/>, in nanoseconds.</summary>
internal struct TimerTable
{
    /// <summary>The deadline of a timer that is not armed.</summary>
    public const long Never = long.MaxValue;

    private Deadlines _deadlines;

    public TimerTable()
    {
        for (int kind = 0; kind < (int)TimerKind.Count; kind++)
        {
            _deadlines[kind] = Never;
        }
    }

    public readonly long this[TimerKind kind] => _deadlines[(int)kind];

    /// <summary>The earliest deadline.</summary>
    public readonly long NextNs
    {
        get
        {
            long next = Never;
            for (int kind = 0; kind < (int)TimerKind.Count; kind++)
            {
                next = Math.Min(next, _deadlines[kind]);
            }

            return next;
        }
    }

    public void Set(TimerKind kind, long deadlineNs) => _deadlines[(int)kind] = deadlineNs;

    public void Stop(TimerKind kind) => _deadlines[(int)kind] = Never;

    public readonly bool IsArmed(TimerKind kind) => _deadlines[(int)kind] != Never;

    /// <summary>Stops a timer if its deadline has come.</summary>
    /// <returns>Whether it had.</returns>
    public bool TryExpire(TimerKind kind, long nowNs)
    {
        if (_deadlines[(int)kind] > nowNs)
        {
            return false;
        }

        Stop(kind);
        return true;
    }

    public void StopAll() => this = new TimerTable();

    [InlineArray((int)TimerKind.Count)]
    private struct Deadlines
    {
        private long _first;
    }
}

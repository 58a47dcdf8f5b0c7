using System.Threading.Tasks.Sources;

namespace Aldis.Journal.Signals;

/// <summary>
/// An event with one waiter at a time that resets itself: a wait takes one set, sets in between count once. Allocates nothing after birth.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Set = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>Lets the waiter go on, or the next wait return at once.</summary>
    /// <param name="runsInline">Whether the waiter goes on inside this call instead of on the thread pool. Only for a caller that holds no
    /// lock and is not in the middle of anything: what runs there may do whatever it likes.</param>
    public void Signal(bool runsInline = false)
    {
        while (true)
        {
            int state = Volatile.Read(ref _state);
            if (state == Set || (state == Idle && Interlocked.CompareExchange(ref _state, Set, Idle) == Idle))
            {
                return;
            }

            if (state == Waiting && Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            {
                // Nobody else completes this wait: the one who took the state away from Waiting does.
                _core.RunContinuationsAsynchronously = !runsInline;
                _core.SetResult(true);
                return;
            }
        }
    }

    /// <summary>Waits for the next <see cref="Signal"/>, or takes the one there was.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Set) == Set)
        {
            return ValueTask.CompletedTask;
        }

        if (Volatile.Read(ref _state) == Waiting)
        {
            throw new InvalidOperationException("Something else waits already.");
        }

        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new ValueTask(this, _core.Version);
        }

        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

using System.Diagnostics.CodeAnalysis;

namespace Aldis.Services.Inbox;

/// <summary>
/// Threads of their own for what waits for a disk, so that a disk that is slow does not hold the pool on which connections are accepted.
/// A thread begins when there is work for it, and ends when there was none for 10 s.
/// </summary>
/// <param name="name">What the threads are called.</param>
/// <param name="most">How many there are at most.</param>
internal sealed class DiskThreads(string name, int most) : TaskScheduler
{
    // Who may go on where he is spares two changes of threads for each piece; the others get their turn after so many.
    private const int WritesPerTurn = 16;

    private static readonly TimeSpan MostRest = TimeSpan.FromSeconds(10);

    [ThreadStatic]
    private static int _writesLeft;

    private readonly object _gate = new();
    private readonly Queue<Task> _waiting = new();
    private int _threads;
    private int _resting;

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => most;

    /// <summary>
    /// Whether the caller runs on one of these threads and may wait for the disk right here; a few times, then he has to queue.
    /// </summary>
    public static bool MayWaitHere()
    {
        if (_writesLeft == 0)
        {
            return false;
        }

        _writesLeft--;
        return true;
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        lock (_gate)
        {
            _waiting.Enqueue(task);
            if (_resting >= _waiting.Count)
            {
                Monitor.Pulse(_gate);
                return;
            }

            if (_threads == most)
            {
                return;
            }

            _threads++;
        }

        try
        {
            new Thread(Run) { Name = name, IsBackground = true }.UnsafeStart();
        }
        catch (OutOfMemoryException) when (!TryGiveBack(task))
        {
            // The system gives no more threads; those that are there do the work.
        }
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
        {
            return [.. _waiting];
        }
    }

    private void Run()
    {
        while (TryNext(out Task? task))
        {
            _writesLeft = WritesPerTurn;
            _ = TryExecuteTask(task);
        }
    }

    private bool TryNext([NotNullWhen(true)] out Task? task)
    {
        lock (_gate)
        {
            while (!_waiting.TryDequeue(out task))
            {
                _resting++;
                bool isCalled = Monitor.Wait(_gate, MostRest);
                _resting--;
                if (!isCalled && _waiting.Count == 0)
                {
                    _threads--;
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>A thread could not begin. Where there is none at all, the work is taken back: who gave it hears that it is not done.</summary>
    private bool TryGiveBack(Task task)
    {
        lock (_gate)
        {
            if (--_threads > 0)
            {
                return false;
            }

            Task[] others = [.. _waiting.Where(other => other != task)];
            _waiting.Clear();
            Array.ForEach(others, _waiting.Enqueue);
            return true;
        }
    }
}

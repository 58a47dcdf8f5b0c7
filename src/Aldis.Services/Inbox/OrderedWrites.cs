using System.Diagnostics.CodeAnalysis;

namespace Aldis.Services.Inbox;

/// <summary>
/// Writes to one file in their order, by one thread at a time, while more is given: the disk goes on from one to the next without a word to
/// whoever gives them. After one that failed none is done. One caller.
/// </summary>
/// <param name="run">Has work done on a thread that may wait for a disk; throws an <see cref="IOException"/> where there is none.</param>
/// <param name="write">Writes bytes at an offset, and says whether the disk has them.</param>
internal sealed class OrderedWrites(Action<Action> run, Func<long, ReadOnlyMemory<byte>, bool> write)
{
    /// <summary>Writes that wait or are under way; who gives one more waits for the first of them.</summary>
    public const int MostUnderWay = 3;

    // Then others who wait for the thread have it first.
    private const int MostInTurn = 16;

    private readonly Lock _gate = new();
    private readonly Queue<Step> _waiting = new();
    private readonly Queue<Task> _underWay = new();
    private Exception? _failure;
    private bool _isRunning;
    private bool _isOnDisk = true;

    /// <summary>Whether a write failed.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null;

    /// <summary>Ends when all that was given so far is written; fails where that failed.</summary>
    public Task Last { get; private set; } = Task.CompletedTask;

    /// <summary>Gives a write.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="data">The bytes; they are unchanged until as many more as <see cref="MostUnderWay"/> were given, or <see cref="Last"/> has
    /// ended.</param>
    /// <exception cref="IOException">One that was given before failed.</exception>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data)
    {
        while (_underWay.TryPeek(out Task? first) && (first.IsCompleted || _underWay.Count >= MostUnderWay))
        {
            _ = _underWay.Dequeue();
            await first.ConfigureAwait(false);
        }

        Last = Add(() =>
        {
            _isOnDisk &= write(offset, data);
            return true;
        });
        _underWay.Enqueue(Last);
    }

    /// <summary>Ends a part of the file.</summary>
    /// <param name="ended">Called behind the last write of the part, on the thread that wrote it; told whether the disk has all of the part.</param>
    /// <returns>What that returned. It is not called, and the task fails, where a write failed.</returns>
    public Task<bool> EndPartAsync(Func<bool, bool> ended) => Add(
        () =>
        {
            bool isOnDisk = _isOnDisk;
            _isOnDisk = true;
            return ended(isOnDisk);
        },
        isWrite: false);

    private Task<bool> Add(Func<bool> work, bool isWrite = true)
    {
        var step = new Step(work, isWrite);
        lock (_gate)
        {
            _waiting.Enqueue(step);
            if (_isRunning)
            {
                return step.Done.Task;
            }

            _isRunning = true;
        }

        Start();
        return step.Done.Task;
    }

    private void Start()
    {
        try
        {
            run(Run);
        }
        catch (IOException exception)
        {
            // There is no thread: what waits fails here.
            Volatile.Write(ref _failure, _failure ?? exception);
            Run();
        }
    }

    private void Run()
    {
        for (int turn = 0; TryTake(out Step? step); turn++)
        {
            step.Do(ref _failure);
            if (turn == MostInTurn && !HasFailed)
            {
                Start();
                return;
            }
        }
    }

    /// <summary>Takes what is next.</summary>
    /// <returns>False where nothing waits; whoever adds something then starts anew.</returns>
    private bool TryTake([NotNullWhen(true)] out Step? step)
    {
        lock (_gate)
        {
            _isRunning = _waiting.TryDequeue(out step);
            return _isRunning;
        }
    }

    private sealed class Step(Func<bool> work, bool isWrite)
    {
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Does it, unless a write before it failed.</summary>
        /// <param name="failed">Why a write failed; null where none did.</param>
        public void Do(ref Exception? failed)
        {
            Exception? failure = failed;
            try
            {
                if (failure is null)
                {
                    Done.SetResult(work());
                    return;
                }
            }
            catch (Exception exception)
            {
                failure = exception;
                if (isWrite)
                {
                    Volatile.Write(ref failed, exception);
                }
            }

            Done.SetException(failure);
            _ = Done.Task.Exception; // Who does not wait for this one hears of it from the next.
        }
    }
}

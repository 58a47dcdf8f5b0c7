using System.Diagnostics.CodeAnalysis;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

/// <summary>Does the work of an inbox when it is told, on the thread that tells it, in an order of its own.</summary>
internal sealed class ManualThreads(int seed = 0) : TaskScheduler
{
    private readonly Lock _gate = new();
    private readonly List<Task> _waiting = [];
    private readonly Random _random = new(seed);
    private TaskCompletionSource _queued = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the system gives no more threads.</summary>
    public bool AreExhausted { get; set; }

    /// <summary>Works until a task is done, well or not.</summary>
    public async Task RunUntilAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            if (TryTake(out Task? work, out Task more))
            {
                _ = TryExecuteTask(work);
            }
            else
            {
                await Task.WhenAny(task, more).InTime();
            }
        }
    }

    /// <summary>Works until a task is done.</summary>
    /// <returns>What the task returns.</returns>
    public async Task<T> RunAsync<T>(Task<T> task)
    {
        await RunUntilAsync(task);
        return await task;
    }

    protected override void QueueTask(Task task)
    {
        if (AreExhausted)
        {
            throw new InvalidOperationException("no thread");
        }

        TaskCompletionSource queued;
        lock (_gate)
        {
            _waiting.Add(task);
            queued = _queued;
            _queued = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        queued.SetResult();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private bool TryTake([NotNullWhen(true)] out Task? work, out Task more)
    {
        lock (_gate)
        {
            more = _queued.Task;
            work = _waiting.Count == 0 ? null : _waiting[_random.Next(_waiting.Count)];
            return work is not null && _waiting.Remove(work);
        }
    }
}

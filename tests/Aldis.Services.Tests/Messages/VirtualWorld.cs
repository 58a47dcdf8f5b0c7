using Aldis.Tests;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// One thread and a clock that moves only when nothing else is left to do: what runs in it is deterministic, and hours pass in no time.
/// A world in which nothing can happen any more fails the test instead of hanging it.
/// </summary>
internal sealed class VirtualWorld : SynchronizationContext
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(2);

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _work = [];

    public VirtualTime Time { get; } = new();

    public TimeSpan Now => Time.Now;

    /// <summary>Runs something to its end.</summary>
    public T Run<T>(Func<Task<T>> body)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            Task<T> task = body();
            while (!task.IsCompleted)
            {
                (SendOrPostCallback Callback, object? State) work;
                bool hasWork;
                lock (_work)
                {
                    hasWork = _work.TryDequeue(out work);
                }

                if (hasWork)
                {
                    work.Callback(work.State);
                }
                else if (!Time.MoveToNextTimer())
                {
                    Assert.Fail("It waits for something that will never happen.");
                }

                Assert.True(Now < Longest, "It never ends.");
            }

            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Does something at a moment.</summary>
    public void At(TimeSpan moment, Action action) =>
        _ = Time.CreateTimer(static action => ((Action)action!)(), action, moment - Now, Timeout.InfiniteTimeSpan);

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_work)
        {
            _work.Enqueue((d, state));
        }
    }
}

namespace Aldis.Tests;

/// <summary>The context of a thread that runs what is posted when it has nothing else to do; while it waits it has.</summary>
internal sealed class OnlyThread : SynchronizationContext
{
    /// <summary>Runs code on a thread to which everything must come back that was begun there. It is one in the background, so that a
    /// deadlock fails the test and does not hold the process.</summary>
    public static Task RunAsync(Action action)
    {
        var task = new Task(() =>
        {
            SetSynchronizationContext(new OnlyThread());
            action();
        });
        new Thread(() => task.RunSynchronously(TaskScheduler.Default)) { IsBackground = true }.Start();
        return task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
    }
}

using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

public sealed class DiskThreadsTests
{
    [Fact]
    public async Task Work_waits_on_threads_of_its_own_and_on_no_more_than_there_may_be()
    {
        const int most = 3;
        var threads = new DiskThreads("test", most);
        using var allAreBusy = new CountdownEvent(most);
        using var go = new ManualResetEventSlim();
        int running = 0;
        int worst = 0;
        Task<bool>[] work = [.. Enumerable.Range(0, 50).Select(number => Start(threads, () =>
        {
            InterlockedMax(ref worst, Interlocked.Increment(ref running));
            if (number < most)
            {
                _ = allAreBusy.Signal();
                go.Wait(TestContext.Current.CancellationToken);
            }

            _ = Interlocked.Decrement(ref running);
            return Thread.CurrentThread.IsThreadPoolThread;
        }))];

        await Task.Run(() => allAreBusy.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken).InTime();
        Assert.DoesNotContain(work, task => task.IsCompleted);
        go.Set();

        Assert.DoesNotContain(true, await Task.WhenAll(work).InTime());
        Assert.Equal(most, worst);
    }

    [Fact]
    public async Task Work_that_comes_one_by_one_is_all_done()
    {
        var threads = new DiskThreads("test", 2);
        for (int number = 0; number < 2000; number++)
        {
            Assert.Equal(number, await Start(threads, () => number).InTime());
        }
    }

    private static Task<T> Start<T>(DiskThreads threads, Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, threads);

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = Volatile.Read(ref most); value > seen;)
        {
            int before = Interlocked.CompareExchange(ref most, value, seen);
            seen = before == seen ? value : before;
        }
    }
}

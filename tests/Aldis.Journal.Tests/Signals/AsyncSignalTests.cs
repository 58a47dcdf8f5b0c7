using Aldis.Journal.Signals;

namespace Aldis.Journal.Tests.Signals;

public sealed class AsyncSignalTests
{
    [Fact]
    public async Task Signals_before_a_wait_count_once()
    {
        var signal = new AsyncSignal();
        signal.Signal();
        signal.Signal();
        await signal.WaitAsync();
        Task second = signal.WaitAsync().AsTask();
        Assert.False(second.IsCompleted);
        signal.Signal();
        await second;
    }

    [Fact]
    public async Task A_second_waiter_is_an_error()
    {
        var signal = new AsyncSignal();
        Task first = signal.WaitAsync().AsTask();
        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await signal.WaitAsync());
        signal.Signal();
        await first;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_waiter_goes_on_inside_the_signal_only_where_the_signaller_says_so(bool runsInline)
    {
        var signal = new AsyncSignal();
        int signaller = 0;
        var ranInside = new TaskCompletionSource<bool>();
        _ = WaitAsync();

        Volatile.Write(ref signaller, Environment.CurrentManagedThreadId);
        signal.Signal(runsInline);
        Volatile.Write(ref signaller, 0);

        Assert.Equal(runsInline, await ranInside.Task);

        async Task WaitAsync()
        {
            await signal.WaitAsync();
            ranInside.SetResult(Volatile.Read(ref signaller) == Environment.CurrentManagedThreadId);
        }
    }

    [Fact]
    public async Task No_signal_is_lost_between_two_threads()
    {
        const int rounds = 100_000;
        var signal = new AsyncSignal();
        var answer = new AsyncSignal();
        var other = Task.Run(
            async () =>
            {
                for (int i = 0; i < rounds; i++)
                {
                    await signal.WaitAsync();
                    answer.Signal();
                }
            },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < rounds; i++)
        {
            signal.Signal();
            await answer.WaitAsync();
        }

        await other;
    }
}

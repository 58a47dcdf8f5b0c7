using Aldis.Journal.Signals;

namespace Aldis.Journal.Tests.Signals;

public sealed class AsyncSignalTests
{
    [Fact]
    public async Task Signals_before_a_wait_count_once()
    {
        var signal = new AsyncSignal(runContinuationsInline: true);
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
        var signal = new AsyncSignal(runContinuationsInline: true);
        Task first = signal.WaitAsync().AsTask();
        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await signal.WaitAsync());
        signal.Signal();
        await first;
    }

    [Fact]
    public async Task No_signal_is_lost_between_two_threads()
    {
        const int rounds = 100_000;
        var signal = new AsyncSignal(runContinuationsInline: false);
        var answer = new AsyncSignal(runContinuationsInline: false);
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

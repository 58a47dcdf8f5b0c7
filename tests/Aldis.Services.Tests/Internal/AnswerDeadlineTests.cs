using Aldis.Services.Internal;

namespace Aldis.Services.Tests.Internal;

public sealed class AnswerDeadlineTests
{
    [Fact]
    public async Task An_operation_without_a_limit_outlives_the_limit_of_the_one_before()
    {
        using var deadline = new AnswerDeadline();
        deadline.Start(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        deadline.Stop();

        CancellationToken unlimited = deadline.Start(Timeout.InfiniteTimeSpan, CancellationToken.None);

        // Long enough for the first operation's timer to fire and find the second one under way.
        using var passed = new SemaphoreSlim(0);
        await using var timer = new Timer(_ => passed.Release(), null, 50, Timeout.Infinite);
        await passed.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(unlimited.IsCancellationRequested);
    }

    [Fact]
    public async Task An_operation_that_takes_too_long_is_cancelled()
    {
        using var deadline = new AnswerDeadline();
        CancellationToken token = deadline.Start(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = token.UnsafeRegister(static source => ((TaskCompletionSource)source!).SetResult(), cancelled);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}

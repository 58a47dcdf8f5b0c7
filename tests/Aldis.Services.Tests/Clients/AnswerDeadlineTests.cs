using Aldis.Services.Clients;
using Aldis.Tests;

namespace Aldis.Services.Tests.Clients;

public sealed class AnswerDeadlineTests
{
    private readonly VirtualTime _time = new();

    [Fact]
    public void An_operation_without_a_limit_outlives_the_limit_of_the_one_before()
    {
        using var deadline = new AnswerDeadline(time: _time);
        deadline.Start(TimeSpan.FromSeconds(1), CancellationToken.None);
        deadline.Stop();

        CancellationToken unlimited = deadline.Start(Timeout.InfiniteTimeSpan, CancellationToken.None);

        // The first operation's timer rings and finds the second one under way.
        Assert.True(_time.MoveToNextTimer());
        Assert.False(unlimited.IsCancellationRequested);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(unlimited.IsCancellationRequested);
    }

    [Fact]
    public void An_operation_has_its_whole_time_whenever_the_one_before_began()
    {
        using var deadline = new AnswerDeadline(time: _time);
        deadline.Start(TimeSpan.FromSeconds(10), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(9));
        deadline.Stop();

        CancellationToken second = deadline.Start(TimeSpan.FromSeconds(10), CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.False(second.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(second.IsCancellationRequested);
    }

    [Fact]
    public void An_operation_that_takes_too_long_is_cancelled()
    {
        using var deadline = new AnswerDeadline(time: _time);
        CancellationToken token = deadline.Start(TimeSpan.FromSeconds(1), CancellationToken.None);

        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(token.IsCancellationRequested);
    }
}

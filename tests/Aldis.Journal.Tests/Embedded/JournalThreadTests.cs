using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>The thread of a journal never ends without a word, wherever it is when something fails that should not.</summary>
public sealed class JournalThreadTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_clock_that_fails_at_any_moment_fails_the_journal_and_those_who_wait_hear_of_it(int calls)
    {
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var clock = new FailingClock(calls);
        using var test = new TestJournal(
            new SimulatedStorage(), TestJournal.Options with { StartWriter = true, TimeProvider = clock, Failed = failed.SetResult });
        JournalAppender appender = test.Open("pump");

        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, TestJournal.Text("x")));

        Assert.Same(clock.Failure, await failed.Task.InTime());
        Assert.Same(clock.Failure, test.Journal.Failure);
        while (!appender.Progress.HasEnded)
        {
            await appender.WaitForProgressAsync().AsTask().InTime();
        }

        Assert.Equal(AppendOutcome.Unknown, appender.Progress.Outcome);
    }

    /// <summary>A clock that answers the journal's thread so many times, and then never again.</summary>
    private sealed class FailingClock(int calls) : TimeProvider
    {
        private int _calls = calls;

        public Exception Failure { get; } = new InvalidOperationException("made for this test");

        public override long GetTimestamp() =>
            Thread.CurrentThread.Name == "Aldis journal" && --_calls < 0 ? throw Failure : base.GetTimestamp();
    }
}

using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Messages;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>How long messages wait for their acknowledgement, as the journal notes it.</summary>
public sealed class CommitTimesTests
{
    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData(AcknowledgementLevel.Stored)]
    [InlineData(AcknowledgementLevel.Durable)]
    public void Each_message_is_counted_from_its_own_arrival_to_its_commit(AcknowledgementLevel level)
    {
        using TestJournal journal = Open(level);
        JournalAppender one = journal.Open("one");
        JournalAppender other = journal.Open(null);
        long[] waited = Submit(one, other, random: new Random(7));
        journal.Step();

        LatencyHistogram times = Times(journal.Journal)!;
        Assert.Equal(waited.Length, times.Count);
        Assert.Equal(waited.Max(), times.MaxNanoseconds);
        Assert.Equal(waited.Min(), times.MinNanoseconds);
        foreach (double percentile in new double[] { 50, 90, 99 })
        {
            long exact = waited.Order().ElementAt((int)Math.Ceiling(percentile / 100 * waited.Length) - 1);
            Assert.InRange(times.Percentile(percentile), exact, exact + (exact / 128));
        }
    }

    [Fact]
    public void Of_a_connection_the_oldest_message_of_each_commit_is_counted()
    {
        using TestJournal journal = Open(AcknowledgementLevel.Durable);
        JournalAppender one = journal.Open("one");
        JournalAppender other = journal.Open("other");
        Assert.Null(Times(one));
        Append(one, 1);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        Append(one, 2);
        Append(other, 1);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        journal.Step();
        Append(one, 3);
        _time.Advance(TimeSpan.FromMilliseconds(9));
        journal.Step();

        Assert.Equal((2L, 5_000_000L, 9_000_000L), Describe(Times(one)!));
        Assert.Equal((1L, 2_000_000L, 2_000_000L), Describe(Times(other)!));
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    public void A_clock_that_is_set_while_a_message_waits_makes_its_wait_neither_a_year_nor_nothing(int days)
    {
        using TestJournal journal = Open(AcknowledgementLevel.Durable);
        JournalAppender one = journal.Open("one");
        Append(one, 1);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        _time.Jump(TimeSpan.FromDays(days));
        journal.Step();

        Assert.Equal((1L, 4_000_000L, 4_000_000L), Describe(Times(journal.Journal)!));
        Assert.Equal((1L, 4_000_000L, 4_000_000L), Describe(Times(one)!));
    }

    [Fact]
    public void A_journal_that_acknowledges_on_arrival_has_no_times()
    {
        using TestJournal journal = Open(AcknowledgementLevel.Received);
        Append(journal.Open("one"), 1);
        journal.Step();
        Assert.Null(Times(journal.Journal));
    }

    private long[] Submit(JournalAppender one, JournalAppender other, Random random)
    {
        TimeSpan[] arrivals = new TimeSpan[200];
        for (int message = 0; message < arrivals.Length; message++)
        {
            arrivals[message] = _time.Now;
            if (message % 2 == 0)
            {
                Append(one, (message / 2) + 1);
            }
            else
            {
                Append(other, 0);
            }

            _time.Advance(TimeSpan.FromMicroseconds(random.Next(1, 4000)));
        }

        return [.. arrivals.Select(arrival => (long)(_time.Now - arrival).TotalNanoseconds)];
    }

    private static void Append(JournalAppender appender, long sequence) =>
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, TestJournal.Text($"message {sequence}")));

    private static LatencyHistogram? Times(IAcknowledgementTimes of) => of.ReadTimes();

    private static (long Count, long Min, long Max) Describe(LatencyHistogram times) =>
        (times.Count, times.MinNanoseconds, times.MaxNanoseconds);

    private TestJournal Open(AcknowledgementLevel level) =>
        new(options: TestJournal.Options with { Level = level, TimeProvider = _time });
}

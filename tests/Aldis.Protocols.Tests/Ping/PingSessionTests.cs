using Aldis.Protocols.Ping;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Ping;

public sealed class PingSessionTests
{
    private const long IntervalNs = 1_000;
    private const long TimeoutNs = 2_500;

    [Fact]
    public void Requests_are_sent_at_their_times_and_as_many_as_counted()
    {
        var session = new PingSession(3, IntervalNs, TimeoutNs);
        var sent = new List<long>();
        for (long nowNs = 0; nowNs < 10_000; nowNs += 100)
        {
            if (session.TrySend(nowNs, out long number))
            {
                Assert.Equal(sent.Count + 1, number);
                sent.Add(nowNs);
            }
        }

        Assert.Equal([0, 1_000, 2_000], sent);
    }

    [Fact]
    public void What_a_busy_machine_missed_is_not_made_up_for()
    {
        PingSession session = Sent(1);
        Assert.True(session.TrySend(10_500, out _));
        Assert.True(session.TrySend(10_500, out _));
        Assert.False(session.TrySend(10_500, out _));
        Assert.True(session.TrySend(11_500, out _));
    }

    [Fact]
    public void It_is_over_when_the_last_is_answered()
    {
        PingSession session = Sent(2, of: 2);
        Answer(session, 1, 1_050);
        Assert.False(session.IsOver);
        Assert.Equal(1_000 + TimeoutNs, session.NextNs);
        Answer(session, 2, 1_100);
        Assert.True(session.IsOver);
    }

    [Fact]
    public void It_is_over_when_the_last_has_no_time_left()
    {
        PingSession session = Sent(2, of: 2);
        Answer(session, 2, 1_100);
        Assert.False(session.TryTakeOverdue(TimeoutNs - 1, out _));
        Assert.True(session.TryTakeOverdue(TimeoutNs, out long number));
        Assert.Equal(1, number);
        Assert.False(session.TryTakeOverdue(long.MaxValue, out _));
        Assert.True(session.IsOver);
        Assert.Equal((2, 1, 1, 0.5), (session.Sent, session.Received, session.Summarize().Lost, session.Summarize().Loss));
    }

    [Fact]
    public void A_second_answer_is_a_duplicate_and_changes_nothing_else()
    {
        PingSession session = Sent(1);
        Assert.Equal(PingAnswerKind.First, Answer(session, 1, 40));
        Assert.Equal(PingAnswerKind.Duplicate, Answer(session, 1, 900));
        PingSummary summary = session.Summarize();
        Assert.Equal((1, 1, 40, 40), (summary.Received, summary.Duplicates, summary.MinNs, summary.MaxNs));
    }

    [Fact]
    public void An_answer_whose_time_was_over_is_late_and_not_lost()
    {
        PingSession session = Sent(1);
        Assert.True(session.TryTakeOverdue(TimeoutNs, out _));
        Assert.Equal(PingAnswerKind.Late, Answer(session, 1, 3_000));
        PingSummary summary = session.Summarize();
        Assert.Equal((1, 1, 0, 3_000), (summary.Received, summary.Late, summary.Lost, summary.MaxNs));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void An_answer_to_what_was_never_sent_counts_for_nothing(long number)
    {
        PingSession session = Sent(1);
        Assert.Equal(PingAnswerKind.Unknown, Answer(session, number, 100));
        Assert.False(session.RecordFailure(number));
        Assert.Equal((0, 0), (session.Summarize().Received, session.Summarize().Errors));
    }

    [Fact]
    public void A_failure_is_awaited_no_more_and_an_answer_that_comes_all_the_same_counts()
    {
        PingSession session = Sent(1, of: 1);
        Assert.True(session.RecordFailure(1));
        Assert.False(session.RecordFailure(1));
        Assert.True(session.IsOver);
        Assert.Equal((1, 1), (session.Summarize().Errors, session.Summarize().Lost));
        Assert.Equal(PingAnswerKind.First, Answer(session, 1, 100));
        Assert.Equal((0, 0), (session.Summarize().Errors, session.Summarize().Lost));
    }

    [Fact]
    public void What_still_had_time_when_it_was_broken_off_is_under_way_and_not_lost()
    {
        PingSession session = Sent(3);
        Answer(session, 1, 50);
        Assert.True(session.TryTakeOverdue(1_000 + TimeoutNs, out _));
        PingSummary summary = session.Summarize();
        Assert.Equal((3, 1, 1, 1, 0.5), (summary.Transmitted, summary.Received, summary.UnderWay, summary.Lost, summary.Loss));
    }

    [Fact]
    public void The_sequence_number_of_a_packet_stands_for_the_last_request_that_carried_it()
    {
        PingSession session = Sent(70_000);
        Assert.Equal(70_000, session.NumberOf(unchecked((ushort)70_000)));
        Assert.Equal(65_537, session.NumberOf(1));
        Assert.Equal(65_535, session.NumberOf(65_535));
        Assert.Equal(4_465, session.NumberOf(4_465));
        Assert.Equal(PingAnswerKind.Unknown, Answer(session, 4_465, 1));
    }

    [Fact]
    public void The_figures_are_those_of_the_definitions() => Prop.ForAll<ushort[]>(static times =>
    {
        var session = new PingSession(0, 0, long.MaxValue / 2);
        double[] measured = [.. times.Take(1_000).Select(static time => (double)time)];
        foreach (double time in measured)
        {
            Assert.True(session.TrySend(5, out long number));
            Answer(session, number, 5 + (long)time);
        }

        PingSummary summary = session.Summarize();
        double mean = measured.DefaultIfEmpty().Average();
        double deviation = Math.Sqrt(measured.Select(time => (time - mean) * (time - mean)).DefaultIfEmpty().Average());
        Assert.Equal(measured.DefaultIfEmpty().Min(), summary.MinNs);
        Assert.Equal(measured.DefaultIfEmpty().Max(), summary.MaxNs);
        Assert.InRange(summary.AverageNs - mean, -1, 0);
        Assert.InRange(summary.DeviationNs - deviation, -1.01, 0.01);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_comes_the_counts_agree() => Prop.ForAll<(byte What, byte Number)[]>(static steps =>
    {
        var session = new PingSession(0, 1, 3);
        long nowNs = 0;
        foreach ((byte what, byte number) in steps)
        {
            nowNs++;
            switch (what % 4)
            {
                case 0:
                    session.TrySend(nowNs, out _);
                    break;
                case 1:
                    Answer(session, number % 8, nowNs);
                    break;
                case 2:
                    session.RecordFailure(number % 8);
                    break;
                default:
                    session.TryTakeOverdue(nowNs, out _);
                    break;
            }

            PingSummary summary = session.Summarize();
            Assert.InRange(summary.Received + summary.Errors + summary.UnderWay, 0, summary.Transmitted);
            Assert.InRange(summary.Late, 0, summary.Received);
            Assert.InRange(summary.Loss, 0, 1);
        }
    }).QuickCheckThrowOnFailure();

    private static PingSession Sent(int requests, long of = 0)
    {
        var session = new PingSession(of, IntervalNs, TimeoutNs);
        for (int request = 0; request < requests; request++)
        {
            Assert.True(session.TrySend(request * IntervalNs, out _));
        }

        return session;
    }

    private static PingAnswerKind Answer(PingSession session, long number, long nowNs) => session.RecordAnswer(number, nowNs, out _);
}

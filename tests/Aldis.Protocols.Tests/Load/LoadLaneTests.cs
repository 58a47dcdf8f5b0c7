using Aldis.Protocols.Load;

namespace Aldis.Protocols.Tests.Load;

/// <summary>What one connection of a load sends when, and what its figures are, in virtual time.</summary>
public sealed class LoadLaneTests
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1_000 * Millisecond;

    private readonly LoadTally _tally = new() { MeasureFromNanoseconds = 0 };

    [Fact]
    public void In_a_closed_loop_the_next_request_waits_for_the_answer()
    {
        var lane = new LoadLane(_tally, null, 0, 1);
        Assert.True(lane.TrySend(10));
        Assert.False(lane.TrySend(20));
        Assert.True(lane.TryAnswer(1, 30));
        Assert.True(lane.TrySend(40));
        Assert.Equal((2, 1), (_tally.Sent, _tally.Answered));
        Assert.Equal(20, _tally.Raw.MaxNanoseconds);
    }

    [Fact]
    public void A_window_holds_so_many_requests_and_they_are_answered_in_their_order()
    {
        var lane = new LoadLane(_tally, null, 0, 3);
        Assert.Equal([true, true, true, false], Enumerable.Range(1, 4).Select(now => lane.TrySend(now)));
        Assert.True(lane.TryAnswer(2, 10));
        Assert.Equal(3, lane.OldestSentAt);
        Assert.Equal((8, 9), (_tally.Raw.MinNanoseconds, _tally.Raw.MaxNanoseconds));
    }

    [Fact]
    public void More_answers_than_requests_are_no_answers()
    {
        var lane = new LoadLane(_tally, null, 0, 2);
        lane.TrySend(1);
        Assert.False(lane.TryAnswer(2, 5));
        Assert.Equal(0, _tally.Answered);
    }

    /// <summary>The server takes 1 ms for each, and stops for a second in the middle.</summary>
    [Fact]
    public void A_stall_delays_the_requests_behind_it_where_time_counts_from_when_they_were_due()
    {
        var schedule = new OpenLoopSchedule(100, 1);
        var lane = new LoadLane(_tally, schedule, 0, 1);
        long slot = 0;
        long answerAt = long.MaxValue;
        for (long now = 0; now < 11 * Second; now += Millisecond / 10)
        {
            while (now < 10 * Second && schedule.DueAt(0, slot) <= now)
            {
                slot++;
                lane.Due();
            }

            if (answerAt <= now)
            {
                Assert.True(lane.TryAnswer(1, answerAt));
                answerAt = long.MaxValue;
            }

            if (lane.TrySend(now))
            {
                bool isStalled = now is >= 5 * Second and < 6 * Second;
                answerAt = (isStalled ? 6 * Second : now) + Millisecond;
            }
        }

        Assert.Equal((1_000, 1_000), (_tally.Sent, _tally.Answered));
        Assert.InRange(_tally.Raw.MaxNanoseconds, Second, Second + (2 * Millisecond));

        // One request of a thousand met the stall, a hundred were due in it.
        Assert.InRange(_tally.Raw.Percentile(99.8), Millisecond, 2 * Millisecond);
        Assert.InRange(_tally.FromDue.Percentile(95), 450 * Millisecond, 650 * Millisecond);
        Assert.InRange(_tally.FromDue.Percentile(99), 890 * Millisecond, 1_000 * Millisecond);
    }

    [Fact]
    public void In_a_closed_loop_the_same_stall_is_corrected_by_the_pace_that_was_meant()
    {
        var lane = new LoadLane(_tally, null, 0, 1);
        for (long now = 0; now < 10 * Second;)
        {
            lane.TrySend(now);
            now += now == 5 * Second ? Second : 10 * Millisecond;
            lane.TryAnswer(1, now);
        }

        Assert.InRange(_tally.Raw.Percentile(99), 10 * Millisecond, 11 * Millisecond);
        Assert.InRange(_tally.Raw.Corrected(10 * Millisecond).Percentile(99), 880 * Millisecond, 920 * Millisecond);
    }

    [Fact]
    public void The_generator_is_late_only_where_nothing_was_in_its_way()
    {
        var lane = new LoadLane(_tally, new OpenLoopSchedule(1e9 / 100, 1), 0, 1);
        lane.Due();
        lane.Due();
        lane.TrySend(7);
        lane.TryAnswer(1, 500);
        lane.TrySend(500);
        Assert.Equal((1, 7), (_tally.Lateness.Count, _tally.Lateness.MaxNanoseconds));
    }

    [Fact]
    public void What_was_due_without_a_connection_is_counted_and_never_sent()
    {
        var lane = new LoadLane(_tally, new OpenLoopSchedule(10, 1), 0, 1);
        lane.Skip();
        lane.Due();
        Assert.True(lane.TrySend(Second));
        lane.TryAnswer(1, Second);
        Assert.Equal((1, 900 * Millisecond), (_tally.Unsent, _tally.FromDue.MaxNanoseconds));
    }

    [Fact]
    public void What_happens_before_it_is_measured_does_not_count()
    {
        _tally.MeasureFromNanoseconds = Second;
        var lane = new LoadLane(_tally, new OpenLoopSchedule(10, 1), 0, 2);
        for (int i = 0; i < 12; i++)
        {
            lane.Due();
        }

        lane.TrySend(Second / 2);
        lane.TryAnswer(1, 2 * Second);
        lane.Forget();
        Assert.Equal((0, 0), (_tally.Sent, _tally.Answered));
        Assert.Equal(2, _tally.Unsent);
    }

    [Fact]
    public void An_answer_behind_the_end_has_a_round_trip_and_no_part_in_the_rate()
    {
        _tally.EndNanoseconds = 100;
        var lane = new LoadLane(_tally, null, 0, 1);
        lane.TrySend(90);
        lane.TryAnswer(1, 110);
        Assert.Equal((1, 0), (_tally.Answered, _tally.AnsweredInTime));
    }

    [Fact]
    public void The_rate_is_of_all_answers_that_come_while_it_is_measured()
    {
        _tally.MeasureFromNanoseconds = 100;
        _tally.EndNanoseconds = 200;
        var lane = new LoadLane(_tally, null, 0, 3);
        Assert.Equal([true, true, true], [lane.TrySend(80), lane.TrySend(90), lane.TrySend(150)]);
        lane.TryAnswer(1, 99);
        lane.TryAnswer(1, 100);
        lane.TryAnswer(1, 200);
        Assert.Equal((1, 1, 2, 50), (_tally.Sent, _tally.Answered, _tally.AnsweredInTime, _tally.Raw.MaxNanoseconds));
    }

    [Fact]
    public void Times_are_dealt_to_the_lanes_in_turn_and_do_not_drift()
    {
        var schedule = new OpenLoopSchedule(3_000, 3) { StartNanoseconds = 5 };
        Assert.Equal([5, 333_338, 666_671, 1_000_005], [schedule.DueAt(0, 0), schedule.DueAt(1, 0), schedule.DueAt(2, 0), schedule.DueAt(0, 1)]);
        Assert.Equal(5 + (1_000_000 * Second), schedule.DueAt(3_000_000_000));
    }

    [Fact]
    public void What_is_due_is_dealt_once_also_when_it_is_asked_for_late_and_nothing_at_the_end()
    {
        var due = new DueRequests(new OpenLoopSchedule(1_000, 4), [1, 3]);
        Assert.False(due.TryTake(Millisecond - 1, Second, out _));
        Assert.Equal(Millisecond, due.NextAt);
        List<int> dealt = [];
        while (due.TryTake(Second, 10 * Millisecond, out int lane))
        {
            dealt.Add(lane);
        }

        // Of the lanes 1 and 3 of four those at 1, 3, 5, 7 and 9 ms.
        Assert.Equal([0, 1, 0, 1, 0], dealt);
        Assert.False(new DueRequests(null, [0]).TryTake(Second, Second, out _));
    }

    [Fact]
    public void Books_add_up()
    {
        var lane = new LoadLane(_tally, null, 0, 1);
        lane.TrySend(1);
        lane.TryAnswer(1, 3);
        _tally.CountFailure(LoadFailure.Reset, 2, "first");
        var sum = new LoadTally();
        sum.CountFailure(LoadFailure.Reset, 1, "before");
        sum.Add(_tally);
        sum.Add(_tally);
        Assert.Equal((2, 2, 5), (sum.Sent, sum.Answered, sum.FailuresOf(LoadFailure.Reset)));
        Assert.Equal("before", sum.ExampleOf(LoadFailure.Reset));
        Assert.Null(sum.ExampleOf(LoadFailure.Closed));
    }
}

using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>How long one connection may owe an answer, in virtual seconds.</summary>
public sealed class AnswerPatienceTests
{
    private const long Second = 1_000_000_000;
    private const long Timeout = 10 * Second;

    [Fact]
    public void Nobody_is_late_who_owes_nothing()
    {
        var patience = new AnswerPatience(Timeout, 0);
        Assert.Null(patience.DeadlineNs);
        patience.Await(64, 5 * Second);
        Assert.Equal(15 * Second, patience.DeadlineNs);
        patience.Await(null, 6 * Second);
        Assert.False(patience.IsLate(100 * Second));
    }

    [Fact]
    public void The_time_out_counts_from_when_the_last_byte_has_left()
    {
        var patience = new AnswerPatience(Timeout, 0);
        patience.Await(1000, 0);
        patience.HandleLook(1000, 400, 7 * Second);
        Assert.True(patience.IsLeaving);
        patience.HandleLook(1000, 0, 12 * Second);
        Assert.False(patience.IsLeaving);
        Assert.Equal(22 * Second, patience.DeadlineNs);
    }

    [Fact]
    public void What_else_is_sent_does_not_renew_it_once_the_last_byte_has_left()
    {
        var patience = new AnswerPatience(Timeout, 0);
        patience.Await(100, 0);
        for (long second = 1; second < 10; second++)
        {
            patience.HandleLook(100 * second, 0, second * Second);
            patience.Await(100, second * Second);
        }

        Assert.Equal(11 * Second, patience.DeadlineNs);
    }

    [Fact]
    public void What_else_is_written_does_not_renew_it_while_nothing_leaves()
    {
        var patience = new AnswerPatience(Timeout, 0);
        patience.Await(100, 0);
        for (long second = 1; second < 10; second++)
        {
            patience.HandleLook(100 * second, 100 * second, second * Second);
        }

        Assert.True(patience.IsLate(10 * Second));
    }

    [Fact]
    public void A_large_message_is_not_late_while_its_bytes_move()
    {
        const long Rate = 20_000;
        const long Length = 1 << 20;
        var patience = new AnswerPatience(Second, 0);
        patience.Await(Length, 0);
        long now = 0;
        for (long left = 0; left < Length; left = Math.Min(Length, left + (Rate / 4)))
        {
            now += Second / 4;

            // The system takes 64 KiB at a time and tells only how much of it is still there.
            long taken = Math.Min(Length, (left / 65_536 * 65_536) + 65_536);
            patience.HandleLook(taken, taken - left, now);
            Assert.False(patience.IsLate(now));
        }

        patience.HandleLook(Length, 0, now);
        Assert.Equal(now + Second, patience.DeadlineNs);
    }

    [Fact]
    public void A_write_of_which_the_system_took_a_part_moves_although_what_is_held_stays_the_same()
    {
        var progress = new SendProgress();
        Assert.False(progress.Look(writtenBytes: 0, heldBytes: 50_000));
        Assert.True(progress.Look(0, 40_000));
        Assert.False(progress.Look(0, 50_000));
        Assert.True(progress.Look(0, 49_000));
        Assert.True(progress.Look(60_000, 50_000));
        Assert.Equal(10_000, progress.LeftBytes);
    }

    [Fact]
    public void Only_what_settles_something_renews_it()
    {
        var patience = new AnswerPatience(Timeout, 0);
        patience.Await(100, 0);
        patience.Await(100, 5 * Second);
        Assert.Equal(10 * Second, patience.DeadlineNs);
        patience.HandleSettled(8 * Second);
        Assert.Equal(18 * Second, patience.DeadlineNs);
    }

    [Fact]
    public void It_does_not_run_during_a_pause_that_the_server_asked_for()
    {
        var patience = new AnswerPatience(Timeout, 0);
        patience.Await(100, 0);
        patience.HandlePause(60 * Second);
        Assert.Equal(70 * Second, patience.DeadlineNs);
    }

    [Fact]
    public void What_a_rewind_sends_again_waits_anew()
    {
        var patience = new AnswerPatience(Timeout, 0);
        patience.Await(100, 0);
        patience.HandleLook(100, 0, Second);
        patience.Await(200, 9 * Second);
        Assert.True(patience.IsLeaving);
        Assert.Equal(19 * Second, patience.DeadlineNs);
    }

    [Fact]
    public void After_a_standstill_the_wait_begins_anew()
    {
        var patience = new AnswerPatience(Timeout, 0);
        patience.Await(100, 0);
        Assert.True(patience.IsLate(75 * Second));
        patience.HandleStandstill(75 * Second);
        Assert.False(patience.IsLate(75 * Second));
    }

    [Fact]
    public void Over_random_connections_it_agrees_with_a_reading_of_the_rules()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            Compare(new Random(seed));
        }
    }

    /// <summary>
    /// Messages of random length leave at a random pace and are settled at random; the oracle looks for the latest of the moments that
    /// section 5.4 names in all that has happened.
    /// </summary>
    private static void Compare(Random random)
    {
        var patience = new AnswerPatience(Timeout, 0);
        var ends = new List<(long End, long AtNs)>();
        var moments = new List<(long AtNs, string What)> { (0, "begun") };
        var looks = new List<(long Left, long AtNs)> { (0, 0) };
        long now = 0;
        long written = 0;
        long left = 0;
        int settled = 0;
        for (int step = 0; step < 80; step++)
        {
            now += random.NextInt64(3 * Second);
            switch (random.Next(5))
            {
                case 0 or 1:
                    written += random.Next(1, 2000);
                    ends.Add((written, now));
                    break;
                case 2 when settled < ends.Count && ends[settled].End <= left:
                    settled++;
                    moments.Add((now, "settled"));
                    patience.HandleSettled(now);
                    break;
                case 3:
                    moments.Add((now + Second, "pause"));
                    patience.HandlePause(now + Second);
                    break;
                default:
                    left = Math.Min(written, left + random.Next(1500));
                    looks.Add((left, now));
                    patience.HandleLook(written, written - left, now);
                    break;
            }

            patience.Await(settled < ends.Count ? ends[settled].End : null, now);
            Assert.Equal(Deadline(), patience.DeadlineNs);
        }

        long? Deadline()
        {
            if (settled == ends.Count)
            {
                return null;
            }

            // Movement counts until the last byte has left; the look that saw that counts too.
            (long end, long begun) = ends[settled];
            int arrival = looks.FindIndex(look => look.Left >= end);
            IEnumerable<long> moved = Enumerable.Range(1, looks.Count - 1)
                .Where(i => looks[i].Left > looks[i - 1].Left && (arrival < 0 || i <= arrival))
                .Select(i => looks[i].AtNs)
                .Where(at => at >= Awaited());
            return moved.Concat(moments.Select(static moment => moment.AtNs)).Append(Awaited()).Max() + Timeout;

            // A message is awaited from when it was written, or from when the one before it was settled.
            long Awaited() => Math.Max(
                begun, moments.Where(static moment => moment.What == "settled").Select(static moment => moment.AtNs).LastOrDefault());
        }
    }
}

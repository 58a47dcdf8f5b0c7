using Aldis.Journal.Embedded;

namespace Aldis.Journal.Tests.Embedded;

public sealed class SegmentAgesTests
{
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;
    private const long Noon = 1_900_000_000 * Second;

    private static readonly Guid Boot = new("6f9619ff-8b86-d011-b42d-00cf4fc964ff");

    [Fact]
    public void Nothing_is_believed_before_both_clocks_have_agreed_for_an_hour_and_again_after_a_jump()
    {
        SegmentAges ages = Begin(null);
        Assert.Null(ages.Observe(Noon + Hour - 1, Hour - 1));
        Assert.False(ages.AreBelieved);
        Assert.Null(ages.Observe(Noon + Hour, Hour));
        Assert.True(ages.AreBelieved);

        Assert.Equal(TimeSpan.FromDays(-1), ages.Observe(Noon + (2 * Hour) - Day, 2 * Hour));
        Assert.False(ages.AreBelieved);
        Assert.Null(ages.Observe(Noon + (3 * Hour) - Day, 3 * Hour));
        Assert.True(ages.AreBelieved);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(-5, false)]
    [InlineData(6, true)]
    [InlineData(-6, true)]
    public void Five_seconds_within_an_hour_are_no_jump(int seconds, bool isJump)
    {
        SegmentAges ages = Begin(null);
        Assert.Null(ages.Observe(Noon + Minute + (seconds * Second / 2), Minute));
        Assert.Equal(isJump, ages.Observe(Noon + (2 * Minute) + (seconds * Second), 2 * Minute) is not null);
    }

    [Fact]
    public void A_clock_that_is_slewed_for_days_never_jumps()
    {
        SegmentAges ages = Begin(null);
        for (long minute = 1; minute < 10_000; minute++)
        {
            Assert.Null(ages.Observe(Noon + (minute * (Minute + (Minute / 2000))), minute * Minute));
        }
    }

    [Fact]
    public void An_age_is_the_time_that_passed_whatever_the_wall_clock_does()
    {
        SegmentAges ages = Begin(null);
        ages.HandleWritten(Day);
        ages.HandleEnded(1);
        _ = ages.Observe(0, 2 * Day);
        _ = ages.Observe(long.MaxValue, 3 * Day);
        _ = ages.Observe(long.MinValue, 4 * Day);
        Assert.Equal(TimeSpan.FromDays(3), ages.AgeOf(1));
    }

    [Fact]
    public void Without_notes_everything_is_as_young_as_it_can_be() =>
        Assert.Equal(TimeSpan.Zero, new SegmentAges(null, [1, 2], Boot, Noon, 0).AgeOf(1));

    [Fact]
    public void A_restart_of_the_server_alone_adds_what_the_machine_says_whether_the_wall_clock_was_believed_or_not()
    {
        SegmentAges ages = Begin(null);
        ages.HandleEnded(1);
        _ = ages.Observe(Noon + Minute, Minute);
        var again = new SegmentAges(ages.TakeNotes(1), [1], Boot, Noon + (56 * 365 * Day), Minute + Hour);
        Assert.Equal(TimeSpan.FromMinutes(61), again.AgeOf(1));
    }

    [Fact]
    public void Forty_days_off_count_after_an_hour_of_agreement_and_only_for_what_was_there_before()
    {
        SegmentAges ages = Begin(Believed());
        ages.HandleWritten(Minute);
        ages.HandleEnded(2);
        _ = ages.Observe(Noon + (40 * Day) + Hour - 1, Hour - 1);
        Assert.True(ages.AgeOf(1) < TimeSpan.FromDays(1));
        _ = ages.Observe(Noon + (40 * Day) + Hour, Hour);
        Assert.True(ages.AreBelieved);
        Assert.InRange(ages.AgeOf(1), TimeSpan.FromDays(40), TimeSpan.FromDays(41));
        Assert.Equal(TimeSpan.FromMinutes(59), ages.AgeOf(2));
    }

    [Fact]
    public void Forty_days_of_a_clock_that_was_wrong_at_the_start_never_count()
    {
        SegmentAges ages = Begin(Believed());
        Assert.NotNull(ages.Observe(Noon + (30 * Minute), 30 * Minute));
        _ = ages.Observe(Noon + (3 * Hour), 3 * Hour);
        Assert.True(ages.AreBelieved);
        Assert.True(ages.AgeOf(1) < TimeSpan.FromDays(1));
    }

    [Fact]
    public void Time_off_is_not_reckoned_from_a_clock_that_was_not_set_or_not_believed()
    {
        SegmentAges unset = new(null, [1], Boot, 0, 0);
        _ = unset.Observe(2 * Hour, 2 * Hour);
        AssertAddsNothing(unset.TakeNotes(1)!);

        SegmentAges shortLived = new(null, [1], Boot, Noon, 0);
        _ = shortLived.Observe(Noon + Minute, Minute);
        AssertAddsNothing(shortLived.TakeNotes(1)!);

        static void AssertAddsNothing(AgeNotes notes)
        {
            var ages = new SegmentAges(notes, [1], Guid.NewGuid(), Noon + (40 * Day), 0);
            _ = ages.Observe(Noon + (40 * Day) + Hour, Hour);
            Assert.True(ages.AreBelieved);
            Assert.InRange(ages.AgeOf(1), TimeSpan.Zero, TimeSpan.FromHours(3));
        }
    }

    [Fact]
    public void While_the_time_off_is_not_settled_the_notes_of_before_stay()
    {
        SegmentAges ages = Begin(Believed());
        ages.HandleEnded(2);
        Assert.True(ages.IsNoteDue);
        Assert.Null(ages.TakeNotes(1));
        _ = ages.Observe(Noon + (40 * Day) + Hour, Hour);
        Assert.True(ages.IsNoteDue);
        Assert.NotNull(ages.TakeNotes(1));
    }

    [Fact]
    public void Notes_come_back_as_they_were_and_a_changed_byte_or_another_journal_is_none()
    {
        AgeNotes notes = Believed();
        byte[] bytes = notes.ToBytes();
        AgeNotes read = AgeNotes.TryRead(bytes, 1)!;
        Assert.Equal(notes with { Newest = read.Newest }, read);
        Assert.Equal(notes.Newest, read.Newest);
        Assert.Null(AgeNotes.TryRead(bytes, 2));
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Null(AgeNotes.TryRead(bytes.AsSpan(0, i), 1));
            bytes[i] ^= 0x40;
            Assert.Null(AgeNotes.TryRead(bytes, 1));
            bytes[i] ^= 0x40;
        }
    }

    [Fact]
    public void Whatever_the_clocks_do_nothing_goes_that_is_younger_than_it_may_be_and_what_is_old_goes()
    {
        for (int seed = 0; seed < 150; seed++)
        {
            string? violation = new RetentionModel(seed).Run();
            Assert.True(violation is null, $"seed {seed}: {violation}");
        }
    }

    [Fact]
    public void Ages_by_stamps_are_seen_to_delete_too_early()
    {
        int violations = Enumerable.Range(0, 100).Count(seed => new RetentionModel(seed, byStamps: true).Run() is not null);
        Assert.True(violations > 50, $"{violations} of 100 runs deleted too early");
    }

    private static SegmentAges Begin(AgeNotes? notes) => notes is null
        ? new SegmentAges(null, [], Boot, Noon, 0)
        : new SegmentAges(notes, [1], Guid.NewGuid(), Noon + (40 * Day), 0);

    /// <summary>Segment 1 is some hours old, and the wall clock is believed to show noon.</summary>
    private static AgeNotes Believed()
    {
        var ages = new SegmentAges(null, [1], Boot, Noon - (2 * Hour), 0);
        _ = ages.Observe(Noon, 2 * Hour);
        return ages.TakeNotes(1)!;
    }
}

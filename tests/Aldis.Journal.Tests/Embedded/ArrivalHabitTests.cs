using Aldis.Journal.Embedded;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>When a client's messages come.</summary>
public sealed class ArrivalHabitTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 30, TimeSpan.Zero);

    private readonly ArrivalHabit _habit = new(Now);

    [Fact]
    public void Messages_are_counted_in_the_quarter_of_an_hour_in_which_they_came()
    {
        Note(-30, -30.2, -95 * 15 * 60);
        IReadOnlyList<int> quarters = _habit.PerQuarterHour!;
        Assert.Equal(96, quarters.Count);
        Assert.Equal((1, 1, 1), (quarters[0], quarters[94], quarters[95]));
        Assert.Equal(3, quarters.Sum());
    }

    [Fact]
    public void What_is_older_than_a_day_or_of_a_clock_that_is_ahead_is_in_no_quarter()
    {
        Note((-95 * 15 * 60) - 31, 15 * 60);
        Assert.Null(_habit.PerQuarterHour);
    }

    [Fact]
    public void The_usual_pause_is_the_longest_of_the_last_sixteen()
    {
        Note(-1000, -10);
        for (int second = 2; second <= 17; second++)
        {
            Note((second - 1) * 5);
        }

        Assert.Equal(TimeSpan.FromSeconds(15), _habit.UsualPause);
        Note(85);
        Assert.Equal(TimeSpan.FromSeconds(5), _habit.UsualPause);
    }

    [Fact]
    public void A_burst_makes_no_pause_and_fewer_than_four_pauses_no_habit()
    {
        Note(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1, 2, 3);
        Assert.Null(_habit.UsualPause);
        Note(4);
        Assert.Equal(TimeSpan.FromSeconds(1), _habit.UsualPause);
    }

    [Fact]
    public void A_clock_that_goes_back_makes_no_pause()
    {
        Note(0, 10, 20, 30, 40, -5000, -4990);
        Assert.Equal(TimeSpan.FromSeconds(10), _habit.UsualPause);
    }

    private void Note(params double[] seconds)
    {
        foreach (double second in seconds)
        {
            _habit.Note((Now.ToUnixTimeMilliseconds() + (long)(second * 1000)) * 1_000_000);
        }
    }
}

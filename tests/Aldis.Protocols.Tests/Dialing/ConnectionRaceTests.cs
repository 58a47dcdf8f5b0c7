using Aldis.Protocols.Dialing;

namespace Aldis.Protocols.Tests.Dialing;

public sealed class ConnectionRaceTests
{
    private const long Millisecond = 1_000_000;

    [Theory]
    [InlineData("a6 b6 c4 d4", "a6 c4 b6 d4")]
    [InlineData("a4 b6 c6 d6", "a4 b6 c6 d6")]
    [InlineData("a4 b4 c4 d6", "a4 d6 b4 c4")]
    [InlineData("a6 b6 c6", "a6 b6 c6")]
    [InlineData("a6 b4 a6 b4", "a6 b4")]
    [InlineData("", "")]
    public void The_families_take_turns_and_begin_with_the_first(string addresses, string order) => Assert.Equal(
        order,
        string.Join(
            ' ', AddressOrder.Interleave(addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries), static address => address[^1])));

    [Fact]
    public void A_silent_address_costs_250_ms_and_no_more()
    {
        var race = new ConnectionRace(3);
        Assert.Equal([(0L, 0), (250, 1), (500, 2)], Starts(race, []));
    }

    [Fact]
    public void After_a_failure_the_next_address_is_tried_at_once()
    {
        var race = new ConnectionRace(3);
        Assert.Equal([(0L, 0), (40, 1), (290, 2)], Starts(race, [40]));
        Assert.False(race.IsLost);
    }

    [Fact]
    public void The_first_success_wins_and_a_later_one_is_to_be_closed()
    {
        var race = new ConnectionRace(3);
        Assert.True(race.TryStart(0, out _));
        Assert.True(race.TryStart(250 * Millisecond, out _));
        Assert.True(race.TryWin(1));
        Assert.False(race.TryWin(0));
        Assert.Equal(1, race.Winner);
    }

    [Fact]
    public void Nothing_is_begun_after_a_success()
    {
        var race = new ConnectionRace(2);
        Assert.True(race.TryStart(0, out int first));
        Assert.True(race.TryWin(first));
        Assert.Equal(long.MaxValue, race.NextStartNs);
        Assert.False(race.TryStart(long.MaxValue, out _));
    }

    [Fact]
    public void It_is_lost_when_every_address_has_failed_and_not_before()
    {
        var race = new ConnectionRace(2);
        Assert.True(race.TryStart(0, out _));
        race.HandleFailed();
        Assert.False(race.IsLost);
        Assert.True(race.TryStart(0, out _));
        race.HandleFailed();
        Assert.True(race.IsLost);
        Assert.Equal(long.MaxValue, race.NextStartNs);
    }

    /// <summary>Every start within a second of virtual time, in milliseconds; failures come at the times named.</summary>
    private static List<(long AtMs, int Candidate)> Starts(ConnectionRace race, long[] failuresMs)
    {
        var starts = new List<(long, int)>();
        for (long ms = 0; ms <= 1000; ms++)
        {
            if (failuresMs.Contains(ms))
            {
                race.HandleFailed();
            }

            while (race.TryStart(ms * Millisecond, out int candidate))
            {
                starts.Add((ms, candidate));
            }
        }

        return starts;
    }
}

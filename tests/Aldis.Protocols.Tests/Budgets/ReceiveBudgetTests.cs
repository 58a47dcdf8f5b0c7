using Aldis.Protocols.Budgets;
using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Tests.Budgets;

/// <summary>A server's memory for what it receives has one bound, and at the bound somebody always finishes.</summary>
public sealed class ReceiveBudgetTests
{
    private const long Mebibyte = 1 << 20;
    private const long Total = 64 * Mebibyte;
    private const long PerAddress = 16 * Mebibyte;
    private const long Fast = 10 * Mebibyte;

    private static readonly NetworkKey One = NetworkKey.OfLocalUser(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_thousand_connections_of_an_address_that_stop_one_byte_short_hold_no_more_than_its_bound()
    {
        var crowd = new Crowd(Total, PerAddress);
        AddStopping(crowd, address: 1, count: 1000);
        crowd.RunFor(10 * Second);

        Assert.InRange(crowd.PeakBytes, PerAddress / 2, PerAddress + (1000 * ReceiveAccount.TasteBytes));
    }

    [Fact]
    public void An_address_at_its_bound_delays_no_other()
    {
        var crowd = new Crowd(Total, PerAddress);
        AddStopping(crowd, address: 1, count: 100);
        Sender honest = crowd.Add(address: 2, Mebibyte, Fast);
        crowd.RunFor(10 * Second);

        Assert.True(crowd.Senders[0].Account.Share.IsScarce);
        Assert.False(crowd.Budget.Total.IsScarce);
        Assert.InRange(honest.Finished, 99, 100);
    }

    [Fact]
    public void An_address_may_have_half_of_all_at_most()
    {
        var crowd = new Crowd(Total, mostBytesPerAddress: 10 * Total);
        AddStopping(crowd, address: 1, count: 100);
        crowd.RunFor(10 * Second);

        Assert.InRange(crowd.PeakBytes, Total / 4, Total / 2);
        Assert.False(crowd.Budget.Total.IsScarce);
    }

    [Fact]
    public void Near_the_bound_the_unit_that_lacks_least_is_read_and_the_others_wait()
    {
        var crowd = new Crowd(Total, PerAddress);
        Sender far = crowd.Add(address: 1, 8 * Mebibyte, Fast, stopsAfter: 5 * Mebibyte);
        Sender near = crowd.Add(address: 1, 8 * Mebibyte, Fast, stopsAfter: (7 * Mebibyte) + (Mebibyte / 2));
        crowd.RunFor(5 * Second);
        Assert.True(near.Account.Share.IsScarce);

        var late = crowd.Add(address: 1, 4 * Mebibyte, Fast);
        crowd.RunFor(5 * Second);

        // There is room for what the first lacks beyond its blocks, and not for another four mebibytes.
        Assert.False(near.Account.IsHeldBack);
        Assert.True(late.Account.IsWaiting);
        Assert.False(far.Account.IsWaiting && near.Account.IsWaiting);
    }

    [Fact]
    public void At_least_one_is_read_whatever_the_bound()
    {
        // Four units of which not one fits.
        var crowd = new Crowd(8 * Mebibyte, 8 * Mebibyte);
        for (int index = 0; index < 4; index++)
        {
            crowd.Add(address: index, 6 * Mebibyte, Fast);
        }

        crowd.RunFor(Minute);

        Assert.True(crowd.Senders.Sum(static sender => sender.Finished) > 0);
        Assert.InRange(crowd.PeakBytes, 0, (8 + 6) * Mebibyte);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(60_000)]
    public void What_is_short_is_read_while_units_wait_for_room(long unitBytes)
    {
        var crowd = new Crowd(Total, PerAddress);
        AddStopping(crowd, address: 1, count: 100);
        crowd.RunFor(5 * Second);
        Sender honest = crowd.Add(address: 1, unitBytes, 10 * unitBytes);
        crowd.RunFor(10 * Second);

        Assert.True(honest.Account.Share.IsScarce);
        Assert.InRange(honest.Finished, 99, 100);
    }

    [Fact]
    public void Who_is_read_and_does_not_move_for_a_minute_is_ended()
    {
        var crowd = new Crowd(Total, PerAddress);
        AddStopping(crowd, address: 1, count: 100);
        crowd.RunFor(Minute - Second);
        Assert.DoesNotContain(crowd.Senders, static sender => sender.EndedAt is not null);

        crowd.RunFor(20 * Second);

        Sender[] ended = [.. crowd.Senders.Where(static sender => sender.EndedAt is not null)];
        Assert.NotEmpty(ended);
        Assert.All(ended, static sender => Assert.Contains("240 B/s", sender.Account.EndReason, StringComparison.Ordinal));
        Assert.All(ended, static sender => Assert.Equal(Mebibyte - 1, sender.MovedBytes));
    }

    [Fact]
    public void One_byte_a_second_does_not_count_as_moving_and_three_hundred_do()
    {
        var crowd = new Crowd(Total, PerAddress);
        for (int index = 0; index < 13; index++)
        {
            AddSlowing(crowd, 60 * 1024, index % 2 == 0 ? 1 : 300);
        }

        crowd.RunFor(Minute + Second);

        Assert.Contains(crowd.Senders, static sender => sender.EndedAt is not null);
        Assert.All(
            crowd.Senders.Where(static sender => sender.EndedAt is not null), static sender => Assert.Equal(1, sender.SlowBytesPerSecond));
    }

    [Fact]
    public void The_slowest_go_first_and_no_more_than_it_takes()
    {
        var crowd = new Crowd(Total, PerAddress);
        for (int index = 0; index < 13; index++)
        {
            AddSlowing(crowd, 10 * 1024, 13 - index);
        }

        crowd.RunFor(Minute + Second);

        // Of nearly 13 MiB down to five eighths, which are ten.
        Assert.Equal([3, 2, 1], crowd.Senders.Where(static sender => sender.EndedAt is not null).Select(static sender => sender.SlowBytesPerSecond));
    }

    [Fact]
    public void While_memory_is_there_nobody_is_too_slow()
    {
        var crowd = new Crowd(Total, PerAddress);
        for (int index = 0; index < 100; index++)
        {
            crowd.Add(address: index % 7, Mebibyte, 1);
        }

        crowd.RunFor(10 * Minute);

        Assert.DoesNotContain(crowd.Senders, static sender => sender.EndedAt is not null);
    }

    [Fact]
    public void Time_in_which_the_server_waits_for_something_else_counts_against_nobody()
    {
        var crowd = new Crowd(Total, PerAddress);
        AddStopping(crowd, address: 1, count: 14);
        crowd.RunFor(2 * Second);
        foreach (Sender sender in crowd.Senders)
        {
            sender.IsServerBusy = true;
        }

        crowd.RunFor(10 * Minute);

        Assert.DoesNotContain(crowd.Senders, static sender => sender.EndedAt is not null);
    }

    [Fact]
    public void Time_in_which_it_is_held_back_counts_against_nobody()
    {
        var crowd = new Crowd(Total, PerAddress);
        AddStopping(crowd, address: 1, count: 100);
        Sender honest = crowd.Add(address: 1, 4 * Mebibyte, Fast);
        honest.Account.Add(3 * ReceiveAccount.MostUnsettledBytes);
        crowd.RunFor(30 * Minute);

        Assert.Null(honest.EndedAt);
        Assert.True(honest.Finished > 0);
    }

    [Fact]
    public void Time_in_which_the_process_stood_still_counts_against_nobody()
    {
        var crowd = new Crowd(Total, PerAddress);
        AddStopping(crowd, address: 1, count: 100);
        crowd.RunFor(5 * Second);
        for (int time = 0; time < 10; time++)
        {
            crowd.StandStill(60 * Minute);
            crowd.RunFor(Second);
        }

        Assert.DoesNotContain(crowd.Senders, static sender => sender.EndedAt is not null);
    }

    [Fact]
    public void Who_holds_nothing_is_not_ended()
    {
        var crowd = new Crowd(Total, PerAddress);
        for (int index = 0; index < 13; index++)
        {
            AddSlowing(crowd, 60 * 1024, 300);
        }

        crowd.Add(address: 1, Mebibyte, bytesPerSecond: 0);
        crowd.RunFor(Minute + (5 * Second));

        Assert.DoesNotContain(crowd.Senders, static sender => sender.EndedAt is not null);
    }

    [Fact]
    public void The_minute_begins_when_memory_becomes_scarce()
    {
        var crowd = new Crowd(Total, PerAddress);
        for (int index = 0; index < 11; index++)
        {
            AddSlowing(crowd, 10 * 1024, 1);
        }

        crowd.RunFor(10 * Minute);
        AddStopping(crowd, address: 1, count: 2);
        crowd.RunFor(Minute - (2 * Second));
        Assert.True(crowd.Senders[0].Account.Share.IsScarce);
        Assert.DoesNotContain(crowd.Senders, static sender => sender.EndedAt is not null);

        crowd.RunFor(15 * Second);
        Assert.Contains(crowd.Senders, static sender => sender.EndedAt is not null);
    }

    [Fact]
    public void A_connection_that_ends_gives_everything_back()
    {
        var budget = new ReceiveBudget(Total, PerAddress);
        ReceiveAccount account = budget.Open(One);
        account.Add(Mebibyte);
        account.AddAbove(Mebibyte);
        Assert.Equal(2 * Mebibyte, budget.Total.HeldBytes);

        account.Close();
        account.Add(-Mebibyte);
        account.Close();

        Assert.Equal(0, budget.Total.HeldBytes);
    }

    [Fact]
    public void Who_gives_the_last_memory_back_is_not_counted_twice()
    {
        var budget = new ReceiveBudget(Total, PerAddress);
        ReceiveAccount first = budget.Open(One);
        ReceiveAccount second = budget.Open(One);
        first.Add(Mebibyte);
        second.Add(Mebibyte);
        first.Close();
        ReceiveAccount third = budget.Open(One);

        Assert.Same(second.Share, third.Share);
        Assert.Equal(Mebibyte, third.Share.HeldBytes);
    }

    [Fact]
    public void Word_is_given_once_when_memory_becomes_scarce()
    {
        int words = 0;
        var budget = new ReceiveBudget(Total, PerAddress) { BecameScarce = () => words++ };
        ReceiveAccount account = budget.Open(One);
        for (int index = 0; index < 15; index++)
        {
            account.Add(Mebibyte);
        }

        Assert.Equal(1, words);
    }

    [Fact]
    public void Short_steps_are_not_settled_one_by_one()
    {
        var budget = new ReceiveBudget(Total, PerAddress);
        ReceiveAccount account = budget.Open(One);
        account.Add(ReceiveAccount.MostUnsettledBytes);
        Assert.Equal(0, budget.Total.HeldBytes);

        budget.Decide(Second);

        Assert.Equal(ReceiveAccount.MostUnsettledBytes, budget.Total.HeldBytes);
    }

    [Fact]
    public void A_burst_is_forgotten_with_its_minute()
    {
        var meter = new MovementMeter();
        meter.Take(5 * Second, 0);
        meter.Take(5 * Second, Mebibyte);
        for (int step = 0; step < 5; step++)
        {
            Assert.Null(meter.MovedBytes);
            meter.Take(10 * Second, Mebibyte);
        }

        Assert.Equal(Mebibyte, meter.MovedBytes);
        meter.Take(10 * Second, Mebibyte);
        Assert.Equal(0, meter.MovedBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Among_any_hostile_connections_the_honest_ones_finish_and_none_of_them_is_ended(int seed)
    {
        var random = new Random(seed);
        var crowd = new Crowd(Total, PerAddress);
        for (int index = 0; index < 400; index++)
        {
            // Stops anywhere, crawls, or is quick and stops near the end; from six addresses, so that all of the memory is theirs.
            long unit = 1 + random.NextInt64(2 * Mebibyte);
            crowd.Add(1 + random.Next(6), unit, random.Next(3) == 0 ? random.Next(100) : Fast, stopsAfter: random.NextInt64(unit));
        }

        Sender[] honest = [.. Enumerable.Range(0, 50).Select(index => crowd.Add(100 + index, 1 + random.NextInt64(Mebibyte), 300 * 1024))];
        crowd.RunFor(20 * Minute);

        Assert.All(honest, static sender => Assert.Null(sender.EndedAt));
        Assert.All(honest, static sender => Assert.True(sender.Finished > 0));
        Assert.InRange(crowd.PeakBytes, Total / 2, Total + (2 * Mebibyte) + (450 * ReceiveAccount.TasteBytes));
    }

    private static void AddSlowing(Crowd crowd, long bytesBeforeEnd, long bytesPerSecond) =>
        crowd.Add(new Sender(crowd.Budget, One, Mebibyte, Fast, stopsAfter: Mebibyte)
        {
            SlowsDownAfter = Mebibyte - bytesBeforeEnd,
            SlowBytesPerSecond = bytesPerSecond,
        });

    private static void AddStopping(Crowd crowd, int address, int count)
    {
        for (int index = 0; index < count; index++)
        {
            crowd.Add(address, Mebibyte, Fast, stopsAfter: Mebibyte - 1);
        }
    }
}

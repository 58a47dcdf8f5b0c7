using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>The retry budget, in virtual seconds.</summary>
public sealed class DeliveryPatienceTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void The_budget_counts_from_the_start_until_something_is_settled()
    {
        var patience = new DeliveryPatience(10 * Second, 0);
        Assert.Equal(10 * Second, patience.EndsAtNs);
        patience.HandleHello(isWaiting: true);
        Assert.Equal(0, patience.UnservedSinceNs);
        patience.HandleSettled();
        Assert.Null(patience.EndsAtNs);
        Assert.False(patience.IsUsedUp(long.MaxValue));
    }

    [Fact]
    public void It_counts_from_the_end_of_a_usable_connection_and_not_from_the_last_acknowledgement()
    {
        DeliveryPatience patience = Served();
        patience.HandleEnded(1000 * Second);
        Assert.Equal(1010 * Second, patience.EndsAtNs);
    }

    [Fact]
    public void It_counts_from_the_first_refusal_of_a_server_that_was_accepting()
    {
        DeliveryPatience patience = Served();
        patience.HandleDelayed(50 * Second);
        patience.HandleDelayed(55 * Second);
        patience.HandleEnded(57 * Second);
        Assert.Equal(60 * Second, patience.EndsAtNs);
        Assert.False(patience.IsUsedUp((60 * Second) - 1));
        Assert.True(patience.IsUsedUp(60 * Second));
    }

    [Fact]
    public void A_connection_that_settles_nothing_that_waited_does_not_interrupt_it()
    {
        DeliveryPatience patience = Served();
        patience.HandleEnded(20 * Second);
        for (long second = 21; second < 30; second++)
        {
            patience.HandleAttempt();
            patience.HandleHello(isWaiting: true);
            patience.HandleEnded(second * Second);
            Assert.False(patience.GivesUp(second * Second));
        }

        Assert.True(patience.GivesUp(30 * Second));
    }

    [Fact]
    public void A_hello_interrupts_it_where_nothing_waits()
    {
        DeliveryPatience patience = Served();
        patience.HandleEnded(20 * Second);
        patience.HandleHello(isWaiting: false);
        patience.HandleEnded(29 * Second);
        Assert.Equal(39 * Second, patience.EndsAtNs);
    }

    [Fact]
    public void A_connection_that_is_silent_for_the_whole_budget_is_followed_by_another_one()
    {
        var patience = new DeliveryPatience(10 * Second, 0);
        patience.HandleAttempt();
        patience.HandleEnded(10 * Second);
        Assert.False(patience.GivesUp(10 * Second));
        patience.HandleAttempt();
        patience.HandleEnded(21 * Second);
        Assert.True(patience.GivesUp(21 * Second));
    }

    [Fact]
    public void Without_a_budget_the_first_end_and_the_first_refusal_are_the_last()
    {
        var patience = new DeliveryPatience(0, 0);
        patience.HandleAttempt();
        Assert.True(patience.GivesUp(0));
        patience.HandleSettled();
        Assert.False(patience.IsUsedUp(5 * Second));
        patience.HandleDelayed(5 * Second);
        Assert.True(patience.IsUsedUp(5 * Second));
    }

    [Fact]
    public void Forever_is_a_budget()
    {
        var patience = new DeliveryPatience(DeliveryPatience.Forever, 1);
        patience.HandleAttempt();
        patience.HandleAttempt();
        Assert.False(patience.GivesUp(long.MaxValue));
        Assert.Equal(7, patience.LimitPause(7, long.MaxValue - 3));
    }

    [Fact]
    public void The_last_connection_is_tried_when_the_budget_ends()
    {
        var patience = new DeliveryPatience(10 * Second, 0);
        Assert.Equal(5 * Second, patience.LimitPause(5 * Second, 2 * Second));
        Assert.Equal(1 * Second, patience.LimitPause(5 * Second, 9 * Second));
    }

    [Fact]
    public void Time_in_which_the_process_stood_still_does_not_count()
    {
        DeliveryPatience patience = Served();
        patience.HandleEnded(20 * Second);
        patience.HandleStandstill(75 * Second);
        Assert.Equal(105 * Second, patience.EndsAtNs);
    }

    [Fact]
    public void Over_random_outages_it_agrees_with_a_reading_of_the_rules()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            Compare(new Random(seed), static (patience, entry) => entry.Tell(patience));
        }
    }

    [Theory]
    [InlineData("counts from the last acknowledgement")]
    [InlineData("takes a hello for service")]
    [InlineData("forgets a refusal when the connection ends")]
    public void A_broken_budget_is_caught(string defect)
    {
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() =>
        {
            for (int seed = 0; seed < 200; seed++)
            {
                Compare(new Random(seed), (patience, entry) => Break(patience, entry, defect));
            }
        });
    }

    /// <summary>A server that accepts, and a sender with nothing in doubt.</summary>
    private static DeliveryPatience Served()
    {
        var patience = new DeliveryPatience(10 * Second, 0);
        patience.HandleAttempt();
        patience.HandleHello(isWaiting: false);
        return patience;
    }

    private static void Break(DeliveryPatience patience, Entry entry, string defect)
    {
        entry.Tell(patience);
        switch (defect)
        {
            case "counts from the last acknowledgement" when entry.Kind == Kind.Settled:
                patience.HandleEnded(entry.AtNs);
                break;
            case "takes a hello for service" when entry.Kind == Kind.HelloWithSomethingWaiting:
            case "forgets a refusal when the connection ends" when entry.Kind == Kind.Ended:
                patience.HandleSettled();
                break;
        }
    }

    /// <summary>Tells a budget of random events, and asks it and the reading of the rules after each.</summary>
    private static void Compare(Random random, Action<DeliveryPatience, Entry> tell)
    {
        long retry = random.Next(5) switch { 0 => 0, 1 => DeliveryPatience.Forever, _ => random.NextInt64(1, 20 * Second) };
        var patience = new DeliveryPatience(retry, 0);
        var history = new List<Entry>();
        long now = 0;
        for (int step = 0; step < 60; step++)
        {
            now += random.NextInt64(6 * Second);
            var entry = new Entry((Kind)random.Next((int)Kind.Count), now);
            history.Add(entry);
            tell(patience, entry);
            Assert.Equal(IsUsedUp(history, retry, now), patience.IsUsedUp(now));
            Assert.Equal(GivesUp(history, retry, now), patience.GivesUp(now));
        }
    }

    /// <summary>Section 5.4, rules 1 and 2, read off the history: the first loss of service after the last service.</summary>
    private static (long SinceNs, int Index)? Unserved(List<Entry> history)
    {
        int served = history.FindLastIndex(static entry => entry.Kind is Kind.Settled or Kind.HelloWithNothingWaiting);
        if (served < 0)
        {
            return (0, -1);
        }

        int lost = history.FindIndex(served, static entry => entry.Kind is Kind.Ended or Kind.Delayed);
        return lost < 0 ? null : (history[lost].AtNs, lost);
    }

    private static bool IsUsedUp(List<Entry> history, long retry, long now) =>
        Unserved(history) is (long since, _) && retry != DeliveryPatience.Forever && now - since >= retry;

    /// <summary>Rules 3 and 5.</summary>
    private static bool GivesUp(List<Entry> history, long retry, long now) =>
        IsUsedUp(history, retry, now)
        && (retry == 0 || history.Skip(Unserved(history)!.Value.Index + 1).Count(static entry => entry.Kind == Kind.Attempt) >= 2);

    private enum Kind
    {
        Attempt,
        HelloWithSomethingWaiting,
        HelloWithNothingWaiting,
        Settled,
        Delayed,
        Ended,
        Count,
    }

    private readonly record struct Entry(Kind Kind, long AtNs)
    {
        public void Tell(DeliveryPatience patience)
        {
            switch (Kind)
            {
                case Kind.Attempt:
                    patience.HandleAttempt();
                    break;
                case Kind.HelloWithSomethingWaiting or Kind.HelloWithNothingWaiting:
                    patience.HandleHello(isWaiting: Kind == Kind.HelloWithSomethingWaiting);
                    break;
                case Kind.Settled:
                    patience.HandleSettled();
                    break;
                case Kind.Delayed:
                    patience.HandleDelayed(AtNs);
                    break;
                default:
                    patience.HandleEnded(AtNs);
                    break;
            }
        }
    }
}

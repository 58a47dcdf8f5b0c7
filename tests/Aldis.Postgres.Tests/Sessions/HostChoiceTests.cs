using Aldis.Postgres.Addresses;
using Aldis.Postgres.Sessions;

namespace Aldis.Postgres.Tests.Sessions;

public sealed class HostChoiceTests
{
    [Fact]
    public void The_primary_is_chosen_and_no_standby() => Assert.Equal("b:1", Choose(0, out _, Standby("a"), Primary("b", 1), Gone("c")));

    [Fact]
    public void Of_two_primaries_the_one_with_the_higher_timeline_is_chosen() =>
        Assert.Equal("b:1", Choose(1, out _, Primary("a", 1), Primary("b", 2)));

    [Fact]
    public void A_primary_below_the_highest_timeline_ever_seen_is_refused()
    {
        Assert.Null(Choose(2, out string? problem, Primary("a", 1), Gone("b")));
        Assert.Equal("a:1 writes timeline 1, and 2 was seen: it was the primary before, and is not used", problem);
    }

    [Fact]
    public void Where_all_are_standbys_none_is_chosen()
    {
        Assert.Null(Choose(1, out string? problem, Standby("a"), Gone("b")));
        Assert.Equal("every node that answers is in recovery: none writes", problem);
    }

    [Fact]
    public void Where_none_answers_the_first_problem_is_told()
    {
        Assert.Null(Choose(1, out string? problem, Gone("a"), Gone("b")));
        Assert.Equal("a: nobody listens there", problem);
    }

    private static string? Choose(uint highest, out string? problem, params NodeAnswer[] answers) =>
        HostChoice.Choose(answers, highest, out problem)?.Host.ToString();

    private static NodeAnswer Primary(string name, uint timeline) => new(new StoreHost(name, 1), timeline, null);

    private static NodeAnswer Standby(string name) => new(new StoreHost(name, 1), null, null);

    private static NodeAnswer Gone(string name) => new(new StoreHost(name, 1), null, name + ": nobody listens there");
}

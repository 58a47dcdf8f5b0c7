using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>Selective repeat with a timer for each frame goes through every order of events too, and a timer that breaks one of its
/// rules is found on the shortest path.</summary>
public sealed class FrameTimerExplorerTests(ITestOutputHelper output)
{
    private static readonly StreamPattern Pattern = new(3);

    private static readonly Dictionary<string, (Func<ArqEndpoint, EndpointSeam> Break, Property Found)> Mutants = new()
    {
        ["not stopped by its acknowledgement"] =
            (e => new SenderSeam(e, core => new NeverStoppedTimers(core)), Property.AcknowledgedFramesAreNotRepeated),
        ["not started again with a repetition"] =
            (e => new SenderSeam(e, core => new OneShotTimers(core)), Property.TransfersFinish),
        ["stopped by another frame's acknowledgement"] =
            (e => new SenderSeam(e, core => new MistakenTimers(core)), Property.TransfersFinish),
    };

    private readonly ExplorerWalks _walks = new(output);

    public static TheoryData<string> MutantNames => [.. Mutants.Keys];

    [Theory]
    [InlineData(1, 2, 1, 2)]
    [InlineData(2, 1, 1, 2)]
    [InlineData(3, 1, 1, 1)]
    public void No_order_of_events_within_bounds_breaks_it(int window, int drops, int duplicates, int timers) =>
        _walks.Exhaust(Setup(window), new ExplorerBounds(drops, duplicates, timers));

    [Fact]
    public void No_order_of_events_breaks_it_when_the_applications_write_and_end_at_any_time() =>
        _walks.Exhaust(Setup(2) with { WritesAtAnyTime = true }, new ExplorerBounds(1, 1, 0));

    [Theory]
    [InlineData(1, false, 5)]
    [InlineData(2, false, 4)]
    [InlineData(3, false, 4)]
    [InlineData(1, true, 3)]
    [InlineData(2, true, 2)]
    [InlineData(3, true, 2)]
    public void No_network_that_loses_copies_and_delays_what_it_likes_breaks_it(int window, bool writesAtAnyTime, int timers)
    {
        ExplorerSetup setup = Setup(window) with { WritesAtAnyTime = writesAtAnyTime, Network = ExplorerNetwork.FreeAtOnce };
        _walks.Walk(setup, new ExplorerBounds(0, 0, timers));
    }

    [Theory]
    [InlineData(1, nameof(ExplorerNetwork.Counted), 1, 1, 1)]
    [InlineData(2, nameof(ExplorerNetwork.Counted), 1, 0, 1)]
    [InlineData(1, nameof(ExplorerNetwork.Free), 0, 0, 2)]
    [InlineData(2, nameof(ExplorerNetwork.FreeAtOnce), 0, 0, 2)]
    public void States_that_are_taken_for_one_have_the_same_future(int window, string network, int drops, int duplicates, int timers) =>
        _walks.Compare(
            Setup(window) with { Network = Enum.Parse<ExplorerNetwork>(network) }, new ExplorerBounds(drops, duplicates, timers));

    [Theory]
    [InlineData(1, false, 2)]
    [InlineData(2, false, 1)]
    [InlineData(3, false, 0)]
    [InlineData(2, true, 0)]
    public void Acknowledgements_that_arrive_at_once_or_never_lead_both_ends_to_the_same_states(
        int window, bool writesAtAnyTime, int timers) =>
        _walks.CompareAtOnce(Setup(window) with { WritesAtAnyTime = writesAtAnyTime }, new ExplorerBounds(0, 0, timers));

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void A_timer_is_found_that_is(string broken)
    {
        (Func<ArqEndpoint, EndpointSeam> make, Property expected) = Mutants[broken];
        ExplorerSetup setup = Setup(2) with { BreakClient = make };
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), new ExplorerBounds(2, 0, 2), shortestFirst: true);
        PropertyViolationException found = Assert.Throws<PropertyViolationException>(() => explorer.Run());
        output.WriteLine(found.Message);
        Assert.Equal(expected, found.Property);
    }

    private static ExplorerSetup Setup(int window)
    {
        ExplorerSetup setup = ExplorerSetup.Of(ArqMode.SelectiveRepeat, window);
        return setup with { Options = setup.Options with { FrameTimers = true } };
    }
}

using Aldis.Protocols.Arq;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// Walks through every order of delivery, loss, duplication and timers that bounds allow, over the real engine (docs/verification.md
/// section 3). ALDIS_EXPLORER=full adds the walks that take minutes, a name as SelectiveRepeat3 those of one strategy and window.
/// </summary>
public sealed class ExplorerTests(ITestOutputHelper output)
{
    private static readonly ExplorerBounds Wide = new(3, 2, 3);

    private readonly ExplorerWalks _walks = new(output);

    private static string LongRun => Environment.GetEnvironmentVariable("ALDIS_EXPLORER") ?? "";

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 2)]
    public void No_order_of_events_within_the_wide_bounds_breaks_the_engine(ArqMode mode, int window) =>
        _walks.Exhaust(ExplorerSetup.Of(mode, window), Wide);

    [Theory]
    [InlineData(1, 2, 1, 2)]
    [InlineData(2, 1, 1, 1)]
    [InlineData(3, 1, 0, 1)]
    public void No_order_of_events_within_bounds_breaks_selective_repeat(int window, int drops, int duplicates, int timers) =>
        _walks.Exhaust(ExplorerSetup.Of(ArqMode.SelectiveRepeat, window), new ExplorerBounds(drops, duplicates, timers));

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 2)]
    public void No_order_of_events_breaks_the_engine_when_the_applications_write_and_end_at_any_time(ArqMode mode, int window) =>
        _walks.Exhaust(ExplorerSetup.Of(mode, window) with { WritesAtAnyTime = true }, new ExplorerBounds(1, 1, 0));

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, true)]
    [InlineData(ArqMode.GoBackN, 1, false)]
    [InlineData(ArqMode.GoBackN, 1, true)]
    [InlineData(ArqMode.GoBackN, 3, false)]
    [InlineData(ArqMode.GoBackN, 3, true)]
    [InlineData(ArqMode.SelectiveRepeat, 1, false)]
    public void No_order_of_events_within_the_wide_bounds_breaks_the_engine_in_the_long_run(ArqMode mode, int window, bool writesAtAnyTime)
    {
        SkipUnlessLong(mode, window);
        _walks.Exhaust(ExplorerSetup.Of(mode, window) with { WritesAtAnyTime = writesAtAnyTime }, Wide);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, false, 5)]
    [InlineData(ArqMode.GoBackN, 1, false, 5)]
    [InlineData(ArqMode.GoBackN, 2, false, 5)]
    [InlineData(ArqMode.GoBackN, 3, false, 5)]
    [InlineData(ArqMode.SelectiveRepeat, 1, false, 5)]
    [InlineData(ArqMode.SelectiveRepeat, 2, false, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 3, false, 3)]
    [InlineData(ArqMode.StopAndWait, 1, true, 3)]
    [InlineData(ArqMode.GoBackN, 3, true, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 1, true, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 2, true, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 3, true, 1)]
    public void No_network_that_loses_copies_and_delays_what_it_likes_breaks_the_engine(
        ArqMode mode, int window, bool writesAtAnyTime, int timers)
    {
        ExplorerSetup setup = ExplorerSetup.Of(mode, window) with { WritesAtAnyTime = writesAtAnyTime, Network = ExplorerWalks.Free(mode) };
        _walks.Walk(setup, new ExplorerBounds(0, 0, timers));
    }

    [Theory]
    [InlineData(ArqMode.SelectiveRepeat, 2, false, 5)]
    [InlineData(ArqMode.SelectiveRepeat, 3, false, 5)]
    [InlineData(ArqMode.SelectiveRepeat, 2, true, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 3, true, 2)]
    public void No_network_that_loses_copies_and_delays_what_it_likes_breaks_the_engine_in_the_long_run(
        ArqMode mode, int window, bool writesAtAnyTime, int timers)
    {
        SkipUnlessLong(mode, window);
        No_network_that_loses_copies_and_delays_what_it_likes_breaks_the_engine(mode, window, writesAtAnyTime, timers);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, nameof(ExplorerNetwork.Counted), 1, 1, 1)]
    [InlineData(ArqMode.GoBackN, 2, nameof(ExplorerNetwork.Counted), 1, 1, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 1, nameof(ExplorerNetwork.Counted), 1, 1, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 2, nameof(ExplorerNetwork.Counted), 1, 0, 1)]
    [InlineData(ArqMode.GoBackN, 3, nameof(ExplorerNetwork.Free), 0, 0, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 1, nameof(ExplorerNetwork.Free), 0, 0, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 2, nameof(ExplorerNetwork.FreeAtOnce), 0, 0, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 3, nameof(ExplorerNetwork.FreeAtOnce), 0, 0, 1)]
    public void States_that_are_taken_for_one_have_the_same_future(
        ArqMode mode, int window, string network, int drops, int duplicates, int timers)
    {
        ExplorerSetup setup = ExplorerSetup.Of(mode, window) with { Network = Enum.Parse<ExplorerNetwork>(network) };
        _walks.Compare(setup, new ExplorerBounds(drops, duplicates, timers));
    }

    [Theory]
    [InlineData(1, false, 2)]
    [InlineData(2, false, 1)]
    [InlineData(3, false, 0)]
    [InlineData(2, true, 0)]
    public void Acknowledgements_that_arrive_at_once_or_never_lead_both_ends_to_the_same_states(
        int window, bool writesAtAnyTime, int timers)
    {
        ExplorerSetup setup = ExplorerSetup.Of(ArqMode.SelectiveRepeat, window) with { WritesAtAnyTime = writesAtAnyTime };
        _walks.CompareAtOnce(setup, new ExplorerBounds(0, 0, timers));
    }

    [Theory]
    [InlineData(1, true, 2)]
    [InlineData(2, false, 2)]
    [InlineData(2, true, 1)]
    [InlineData(3, false, 1)]
    public void Acknowledgements_that_arrive_at_once_or_never_lead_both_ends_to_the_same_states_in_the_long_run(
        int window, bool writesAtAnyTime, int timers)
    {
        SkipUnlessLong(ArqMode.SelectiveRepeat, window);
        Acknowledgements_that_arrive_at_once_or_never_lead_both_ends_to_the_same_states(window, writesAtAnyTime, timers);
    }

    private static void SkipUnlessLong(ArqMode mode, int window)
    {
        string name = $"{mode}{window}";
        Assert.SkipUnless(string.Equals(LongRun, name, StringComparison.Ordinal)
            || string.Equals(LongRun, "full", StringComparison.Ordinal), $"ALDIS_EXPLORER=full or {name} runs it");
    }
}

using System.Diagnostics;
using System.Globalization;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// Walks through every order of delivery, loss, duplication and timers that bounds allow, over the real engine (docs/verification.md
/// section 3). ALDIS_EXPLORER=full adds the walks that take minutes, a name as SelectiveRepeat3 those of one strategy and window.
/// </summary>
public sealed class ExplorerTests(ITestOutputHelper output)
{
    private static readonly StreamPattern Pattern = new(3);
    private static readonly ExplorerBounds Wide = new(3, 2, 3);

    private static string LongRun => Environment.GetEnvironmentVariable("ALDIS_EXPLORER") ?? "";

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 2)]
    public void No_order_of_events_within_the_wide_bounds_breaks_the_engine(ArqMode mode, int window) =>
        Exhaust(ExplorerSetup.Of(mode, window), Wide);

    [Theory]
    [InlineData(1, 2, 1, 2)]
    [InlineData(2, 1, 1, 1)]
    [InlineData(3, 1, 0, 1)]
    public void No_order_of_events_within_bounds_breaks_selective_repeat(int window, int drops, int duplicates, int timers) =>
        Exhaust(ExplorerSetup.Of(ArqMode.SelectiveRepeat, window), new ExplorerBounds(drops, duplicates, timers));

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 2)]
    public void No_order_of_events_breaks_the_engine_when_the_applications_write_and_end_at_any_time(ArqMode mode, int window) =>
        Exhaust(ExplorerSetup.Of(mode, window) with { WritesAtAnyTime = true }, new ExplorerBounds(1, 1, 0));

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
        Exhaust(ExplorerSetup.Of(mode, window) with { WritesAtAnyTime = writesAtAnyTime }, Wide);
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
        ExplorerSetup setup = ExplorerSetup.Of(mode, window) with { WritesAtAnyTime = writesAtAnyTime, Network = Free(mode) };
        Walk(setup, new ExplorerBounds(0, 0, timers));
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
        var bounds = new ExplorerBounds(drops, duplicates, timers);
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), bounds, shortestFirst: false)
        {
            ComparesMergedStates = true,
        };
        ExplorerResult found = explorer.Run();
        output.WriteLine($"{mode}, window {window}, {network}: {found}, {explorer.MergedAgain} comparisons");
        Assert.True(explorer.MergedAgain > found.States);
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
        var bounds = new ExplorerBounds(0, 0, timers);
        Explorer all = Walk(setup with { Network = ExplorerNetwork.Free }, bounds, remembersEnds: true);
        Explorer atOnce = Walk(setup with { Network = ExplorerNetwork.FreeAtOnce }, bounds, remembersEnds: true);
        output.WriteLine($"both ends: {all.Ends.Count} states, {atOnce.Ends.Count} at once or never");
        Assert.Equal(all.Ends.Count, atOnce.Ends.Count);
        Assert.Subset(all.Ends, atOnce.Ends);
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

    private static ExplorerNetwork Free(ArqMode mode) =>
        mode == ArqMode.SelectiveRepeat ? ExplorerNetwork.FreeAtOnce : ExplorerNetwork.Free;

    private Explorer Walk(ExplorerSetup setup, ExplorerBounds bounds, bool remembersEnds = false)
    {
        var watch = Stopwatch.StartNew();
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), bounds, shortestFirst: false)
        {
            RemembersEnds = remembersEnds,
        };
        ExplorerResult found = explorer.Run();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{setup.Options.Mode}, window {setup.Options.WindowFrames}, {setup.Network}, "
            + $"{bounds.Drops} losses, {bounds.Duplicates} copies, {bounds.Timers} timers, "
            + $"writes at any time {setup.WritesAtAnyTime}: {found}, "
            + $"{watch.Elapsed.TotalSeconds:F0} s, processor {processor.TotalSeconds:F0} s"));
        Assert.True(found.IsExhausted);
        return explorer;
    }

    /// <summary>Walks with counted faults, and through what a network does that need not count them: that must lead both ends to all
    /// the same, and more.</summary>
    private void Exhaust(ExplorerSetup setup, ExplorerBounds bounds)
    {
        Explorer counted = Walk(setup, bounds, remembersEnds: true);
        ExplorerSetup withoutCounting = setup with { Network = Free(setup.Options.Mode) };
        Explorer free = Walk(withoutCounting, new ExplorerBounds(0, 0, bounds.Timers), remembersEnds: true);
        output.WriteLine($"both ends: {counted.Ends.Count} states, {free.Ends.Count} without counting");
        Assert.Subset(free.Ends, counted.Ends);
    }
}

using System.Diagnostics;
using System.Globalization;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// Walks through every order of delivery, loss, duplication and timers that bounds allow, over the real engine (docs/verification.md
/// section 3). ALDIS_EXPLORER=full adds the walks that take minutes, a name as SelectiveRepeat3 one of them.
/// </summary>
public sealed class ExplorerTests(ITestOutputHelper output)
{
    private static readonly StreamPattern Pattern = new(3);
    private static readonly ExplorerBounds Wide = new(3, 2, 3);

    private static string LongRun => Environment.GetEnvironmentVariable("ALDIS_EXPLORER") ?? "";

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 1)]
    [InlineData(ArqMode.GoBackN, 2)]
    [InlineData(ArqMode.GoBackN, 3)]
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
    [InlineData(ArqMode.StopAndWait, 1, true, 8)]
    [InlineData(ArqMode.GoBackN, 1, true, 8)]
    [InlineData(ArqMode.GoBackN, 2, true, 8)]
    [InlineData(ArqMode.GoBackN, 3, true, 8)]
    [InlineData(ArqMode.SelectiveRepeat, 1, false, 8)]
    [InlineData(ArqMode.SelectiveRepeat, 2, false, 4)]
    [InlineData(ArqMode.SelectiveRepeat, 3, false, 4)]
    public void No_order_of_events_within_the_wide_bounds_breaks_the_engine_in_the_long_run(
        ArqMode mode, int window, bool writesAtAnyTime, int bagsLimit)
    {
        string name = $"{mode}{window}";
        Assert.SkipUnless(string.Equals(LongRun, name, StringComparison.Ordinal)
            || string.Equals(LongRun, "full", StringComparison.Ordinal), $"ALDIS_EXPLORER=full or {name} runs it");
        Exhaust(ExplorerSetup.Of(mode, window) with { WritesAtAnyTime = writesAtAnyTime, BagsLimit = bagsLimit }, Wide);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 1)]
    [InlineData(ArqMode.GoBackN, 2, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 1, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 2, 0)]
    public void States_that_are_taken_for_one_have_the_same_future(ArqMode mode, int window, int duplicates)
    {
        ExplorerSetup setup = ExplorerSetup.Of(mode, window);
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), new ExplorerBounds(1, duplicates, 1), shortestFirst: false)
        {
            ComparesMergedStates = true,
        };
        ExplorerResult found = explorer.Run();
        output.WriteLine($"{mode}, window {window}: {found}, {explorer.MergedAgain} comparisons");
        Assert.True(explorer.MergedAgain > found.States);
    }

    private void Exhaust(ExplorerSetup setup, ExplorerBounds bounds)
    {
        var watch = Stopwatch.StartNew();
        ExplorerResult found = new Explorer(() => new ExplorerModel(setup, Pattern), bounds, shortestFirst: false).Run();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{setup.Options.Mode}, window {setup.Options.WindowFrames}, {bounds.Drops} losses, {bounds.Duplicates} copies, "
            + $"{bounds.Timers} timers, writes at any time {setup.WritesAtAnyTime}, "
            + $"bags {setup.BagsLimit}: {found}, {watch.Elapsed.TotalSeconds:F0} s, processor {processor.TotalSeconds:F0} s"));
        Assert.True(found.IsExhausted);
    }
}

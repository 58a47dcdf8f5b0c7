using System.Diagnostics;
using System.Globalization;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>Walks to the end of what bounds allow, with a line in the output for each.</summary>
internal sealed class ExplorerWalks(ITestOutputHelper output)
{
    private static readonly StreamPattern Pattern = new(3);

    /// <summary>The free network that a strategy is walked through.</summary>
    public static ExplorerNetwork Free(ArqMode mode) =>
        mode == ArqMode.SelectiveRepeat ? ExplorerNetwork.FreeAtOnce : ExplorerNetwork.Free;

    public Explorer Walk(ExplorerSetup setup, ExplorerBounds bounds, bool remembersEnds = false)
    {
        var watch = Stopwatch.StartNew();
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), bounds, shortestFirst: false)
        {
            RemembersEnds = remembersEnds,
        };
        ExplorerResult found = explorer.Run();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{NameOf(setup)}, window {setup.Options.WindowFrames}, {setup.Network}, "
            + $"{bounds.Drops} losses, {bounds.Duplicates} copies, {bounds.Timers} timers, "
            + $"writes at any time {setup.WritesAtAnyTime}: {found}, "
            + $"{watch.Elapsed.TotalSeconds:F0} s, processor {processor.TotalSeconds:F0} s"));
        Assert.True(found.IsExhausted);
        return explorer;
    }

    /// <summary>Walks with counted faults, and through what a network does that need not count them: that must lead both ends to all
    /// the same, and more.</summary>
    public void Exhaust(ExplorerSetup setup, ExplorerBounds bounds)
    {
        Explorer counted = Walk(setup, bounds, remembersEnds: true);
        ExplorerSetup withoutCounting = setup with { Network = Free(setup.Options.Mode) };
        Explorer free = Walk(withoutCounting, new ExplorerBounds(0, 0, bounds.Timers), remembersEnds: true);
        output.WriteLine($"both ends: {counted.Ends.Count} states, {free.Ends.Count} without counting");
        Assert.Subset(free.Ends, counted.Ends);
    }

    /// <summary>Compares the futures of states that are taken for one.</summary>
    public void Compare(ExplorerSetup setup, ExplorerBounds bounds)
    {
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), bounds, shortestFirst: false)
        {
            ComparesMergedStates = true,
        };
        ExplorerResult found = explorer.Run();
        output.WriteLine($"{NameOf(setup)}, window {setup.Options.WindowFrames}, {setup.Network}: "
            + $"{found}, {explorer.MergedAgain} comparisons");
        Assert.True(explorer.MergedAgain > found.States);
    }

    /// <summary>Compares the free network with its shorter form.</summary>
    public void CompareAtOnce(ExplorerSetup setup, ExplorerBounds bounds)
    {
        Explorer all = Walk(setup with { Network = ExplorerNetwork.Free }, bounds, remembersEnds: true);
        Explorer atOnce = Walk(setup with { Network = ExplorerNetwork.FreeAtOnce }, bounds, remembersEnds: true);
        output.WriteLine($"both ends: {all.Ends.Count} states, {atOnce.Ends.Count} at once or never");
        Assert.Equal(all.Ends.Count, atOnce.Ends.Count);
        Assert.Subset(all.Ends, atOnce.Ends);
    }

    private static string NameOf(ExplorerSetup setup) =>
        setup.Options.HasFrameTimers ? "SelectiveRepeat with frame timers" : setup.Options.Mode.ToString();
}

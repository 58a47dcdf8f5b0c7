using System.Diagnostics;
using System.Globalization;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// Walks through every order of delivery, loss, duplication and timers from the first SYN to the orderly end, with an attacker who tries
/// each of its packets in each state (docs/verification.md section 3). ALDIS_EXPLORER=full adds the walks that take minutes.
/// </summary>
public sealed class OpeningTests(ITestOutputHelper output)
{
    private const long AfterCookiesNs = 31_000_000_000;

    private static readonly StreamPattern Pattern = new(3);
    private static readonly ExplorerBounds Wide = new(3, 2, 3);

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 2)]
    public void No_order_of_events_within_the_wide_bounds_breaks_an_opening(ArqMode mode, int window) => Exhaust(Of(mode, window), Wide);

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void No_order_of_events_within_bounds_breaks_an_opening_of_selective_repeat(int window) =>
        Exhaust(Of(ArqMode.SelectiveRepeat, window), new ExplorerBounds(2, 1, 2));

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void No_order_of_events_within_the_wide_bounds_breaks_an_opening_of_selective_repeat_in_the_long_run(int window)
    {
        Assert.SkipUnless(string.Equals(Environment.GetEnvironmentVariable("ALDIS_EXPLORER"), "full", StringComparison.Ordinal),
            "ALDIS_EXPLORER=full runs it");
        Exhaust(Of(ArqMode.SelectiveRepeat, window), Wide);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, true)]
    [InlineData(ArqMode.StopAndWait, 1, false)]
    [InlineData(ArqMode.SelectiveRepeat, 0, true)]
    [InlineData(ArqMode.SelectiveRepeat, 0, false)]
    public void What_was_kept_for_longer_than_a_cookie_lasts_opens_nothing(ArqMode mode, int window, bool wasConfirmed) => Exhaust(
        Of(mode, window) with
        {
            Opening = new OpeningSetup { EarlierWasConfirmed = wasConfirmed, EarlierAgoNs = AfterCookiesNs },
        },
        new ExplorerBounds(1, 1, 1));

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 1)]
    public void A_cookie_that_opens_nothing_costs_a_second_request_in_every_order_of_events(ArqMode mode, int window) =>
        Exhaust(Of(mode, window) with { BreakServer = static endpoint => new ChangingSeam(endpoint) }, new ExplorerBounds(2, 1, 2));

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 0)]
    public void No_order_of_events_breaks_an_opening_when_the_applications_write_and_end_at_any_time(ArqMode mode, int window) =>
        Exhaust(Of(mode, window) with { WritesAtAnyTime = true }, new ExplorerBounds(1, 1, 0));

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 0)]
    public void Both_ends_end_alike_or_the_loser_is_told_when_either_gives_up_at_any_time(ArqMode mode, int window) =>
        Exhaust(Of(mode, window) with { Opening = new OpeningSetup { MayAbort = true } }, new ExplorerBounds(1, 1, 1));

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 0)]
    public void States_of_an_opening_that_are_taken_for_one_have_the_same_future(ArqMode mode, int window)
    {
        ExplorerSetup setup = Of(mode, window) with { Opening = new OpeningSetup { MayAbort = true } };
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), new ExplorerBounds(1, 1, 1), shortestFirst: false)
        {
            ComparesMergedStates = true,
        };
        ExplorerResult found = explorer.Run();
        output.WriteLine($"{mode}, window {window}: {found}, {explorer.MergedAgain} comparisons");
        Assert.True(explorer.MergedAgain > found.States);
    }

    /// <summary>One frame and the end in each direction. A window of 0 means datagrams filled as an application on the network has them,
    /// with DATA behind CONFIRM, instead of frames of a fixed size.</summary>
    internal static ExplorerSetup Of(ArqMode mode, int window)
    {
        ExplorerSetup setup = ExplorerSetup.Of(mode, Math.Max(1, window)) with { Frames = 1, Opening = new OpeningSetup() };
        return window > 0 ? setup : setup with
        {
            Options = setup.Options with { FrameSize = 0, WindowFrames = new ConnectionOptions().WindowFrames },
        };
    }

    private void Exhaust(ExplorerSetup setup, ExplorerBounds bounds)
    {
        var watch = Stopwatch.StartNew();
        ExplorerResult found = new Explorer(() => new ExplorerModel(setup, Pattern), bounds, shortestFirst: false).Run();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{setup.Options.Mode}, frames of {setup.Options.FrameSize}, window {setup.Options.WindowFrames}, {bounds.Drops} losses, "
            + $"{bounds.Duplicates} copies, {bounds.Timers} timers, {setup.Opening}: {found}, {watch.Elapsed.TotalSeconds:F1} s"));
        Assert.True(found.IsExhausted);
    }
}

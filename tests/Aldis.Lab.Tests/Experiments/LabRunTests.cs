using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Lab.Tests.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Tests.Experiments;

/// <summary>The virtual laboratory: what a run is, and how it ends.</summary>
public sealed class LabRunTests
{
    private const long CycleNs = 100_928_800;

    [Fact]
    public void A_clean_stop_and_wait_takes_one_cycle_for_each_frame()
    {
        var run = new LabRun(new LabSettings { Loss = 0 }, new PatternPayload());
        Assert.Equal(LabOutcome.Finished, run.Run());
        Assert.Equal(20 * CycleNs, run.ElapsedNanoseconds);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void The_same_settings_give_the_same_run_and_another_seed_another(ArqMode strategy)
    {
        var settings = new LabSettings { Strategy = strategy, Frames = 200, Loss = 0.2, Duplicate = 0.1, Reorder = 0.1, Corrupt = 0.1 };
        Assert.Equal(HashOf(settings), HashOf(settings));
        Assert.NotEqual(HashOf(settings), HashOf(settings with { Seed = 8 }));
    }

    [Theory]
    [InlineData(1, 1L)]
    [InlineData(1024, 1L)]
    [InlineData(1024, 5000L)]
    [InlineData(65_479, 200_000L)]
    public void Everything_arrives_unchanged_whatever_the_frame_size(int frameSize, long bytes)
    {
        foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
        {
            var payload = new PatternPayload();
            var settings = new LabSettings
            {
                Strategy = strategy,
                FrameSize = frameSize,
                Frames = (bytes + frameSize - 1) / frameSize,
                TotalBytes = bytes,
                Loss = 0.3,
                Corrupt = 0.1,
                Duplicate = 0.2,
                Reorder = 0.2,
            };
            var run = new LabRun(settings, payload);
            Assert.Equal(LabOutcome.Finished, run.Run());
            Assert.True(payload.IsIntact);
            Assert.Equal(bytes, payload.Delivered);
            Assert.Equal(settings.Frames, run.Tally.FramesSent);
        }
    }

    [Fact]
    public void A_payload_that_changes_on_the_way_is_noticed()
    {
        var payload = new PatternPayload();
        payload.Read(new byte[100]);
        payload.Deliver(new byte[100]);
        Assert.False(payload.IsIntact);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void A_link_that_carries_nothing_ends_the_run(ArqMode strategy)
    {
        var settings = new LabSettings { Strategy = strategy, Loss = 1 };
        var run = new LabRun(settings, new PatternPayload());
        Assert.Equal(LabOutcome.GaveUp, run.Run());
        Assert.Equal(0, run.AcknowledgedBytes);
        Assert.True(run.NowNanoseconds > run.PatienceNanoseconds);
    }

    [Fact]
    public void A_timeout_below_the_round_trip_repeats_needlessly_but_never_more_for_each_frame()
    {
        var settings = new LabSettings { Frames = 200, Loss = 0, TimeoutNanoseconds = 30_000_000 };
        var run = new LabRun(settings, new PatternPayload());
        Assert.Equal(LabOutcome.Finished, run.Run());

        // Four copies leave while the first travels there and back. Answers to the others cause nothing: no Sorcerer's Apprentice.
        Assert.Equal(200 * 4, run.Tally.Transmissions);
        Assert.Equal(200 * 3, run.Tally.DuplicatesDropped);
        Assert.Equal(200 * CycleNs, run.ElapsedNanoseconds);
    }

    [Fact]
    public void Loss_begins_after_the_opening_exchange()
    {
        // With every acknowledgement lost no connection could come about, if the opening met the same link.
        var settings = new LabSettings { Frames = 1, Loss = 0, AcknowledgementLoss = 1 };
        var run = new LabRun(settings, new PatternPayload());
        run.Run();
        Assert.True(run.Tally.Transmissions > 1000);
        Assert.Equal(run.Tally.AcknowledgementsSent - 1, run.Tally.DuplicatesDropped);
    }

    [Fact]
    public void Settings_outside_their_ranges_are_refused()
    {
        LabSettings[] wrong =
        [
            new() { Frames = 0 },
            new() { Frames = LabSettings.MostFrames + 1 },
            new() { FrameSize = 0 },
            new() { FrameSize = LabSettings.LargestFrameSize + 1 },
            new() { Window = 2 },
            new() { Strategy = ArqMode.GoBackN, Window = 0 },
            new() { BitsPerSecond = 999 },
            new() { DelayNanoseconds = -1 },
            new() { DelayNanoseconds = LinkOptions.MaximumDelayNanoseconds },
            new() { Loss = 1.01 },
            new() { AcknowledgementLoss = -0.1 },
            new() { Corrupt = double.NaN },
            new() { HeaderSize = 65_536 },
            new() { AcknowledgementSize = -1 },
            new() { ProcessingNanoseconds = -1 },
            new() { KilledTransmissions = [0] },
            new() { KilledAcknowledgements = [1, 0] },
            new() { TotalBytes = 1 },
            new() { TotalBytes = (20 * 1024) + 1 },
        ];
        Assert.All(wrong, settings => Assert.Throws<ArgumentOutOfRangeException>(settings.Validate));
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void Exactly_those_are_lost_that_were_named(ArqMode strategy)
    {
        var settings = new LabSettings
        {
            Strategy = strategy,
            Loss = 0,
            KilledTransmissions = [1, 3],
            KilledAcknowledgements = [2],
        };
        var ladder = new CollectedLadder();
        var builder = new LadderBuilder(LadderView.Everything, settings.FrameSize, ladder);
        var run = new LabRun(settings, new PatternPayload(), builder);
        Assert.Equal(LabOutcome.Finished, run.Run());
        builder.Complete(run.NowNanoseconds);
        Assert.Equal([1, 3], ladder.Frames.Where(static s => s.Fate == LadderFate.Lost).Select(static s => s.PacketNumber));
        Assert.Equal(1, ladder.Acknowledgements.ToList().FindIndex(static s => s.Fate == LadderFate.Lost));
        Assert.Equal((2, 1), (run.Tally.FramesLost, run.Tally.AcknowledgementsLost));
        Assert.Contains(LabAssumption.LossesComeByChance, LabTheory.For(settings).Broken);
    }

    [Theory]
    [InlineData(0, 0, 0, 840_000_000)]
    [InlineData(20, 0, 0, 848_000_000)]
    [InlineData(0, 10, 0, 844_000_000)]
    [InlineData(20, 10, 30, 882_000_000)]
    public void A_cycle_is_what_sizes_and_processing_make_it(int header, int acknowledgement, int processingMs, long cycleNs)
    {
        var settings = new LabSettings
        {
            Frames = 1,
            FrameSize = 100,
            HeaderSize = header,
            AcknowledgementSize = acknowledgement,
            ProcessingNanoseconds = processingMs * 1_000_000L,
            BitsPerSecond = 20_000,
            DelayNanoseconds = 400_000_000,
            Loss = 0,
        };
        var run = new LabRun(settings, new PatternPayload());
        Assert.Equal(LabOutcome.Finished, run.Run());
        Assert.Equal(cycleNs, run.ElapsedNanoseconds);
        Assert.Equal(cycleNs / 1e9, LabTheory.For(settings).Link.CycleSeconds, 1e-9);
    }

    /// <summary>20 kbit/s, 400 ms, 100 bytes, N = 10: a book's exercise, whose answer is 47.6 %.</summary>
    [Fact]
    public void A_worked_example_without_headers_gives_the_books_number()
    {
        var settings = new LabSettings
        {
            Strategy = ArqMode.GoBackN,
            Frames = 10_000,
            FrameSize = 100,
            HeaderSize = 0,
            AcknowledgementSize = 0,
            Window = 10,
            BitsPerSecond = 20_000,
            DelayNanoseconds = 400_000_000,
            Loss = 0,
        };
        var run = new LabRun(settings, new PatternPayload());
        run.Run();
        LabSummary summary = LabSummary.Of(settings, run);
        Assert.Equal(0.47619, summary.Theory.TextbookEfficiency, 1e-5);
        Assert.Equal(0.476, summary.Efficiency, 5e-4);
        Assert.Equal(1, summary.Ratio!.Value, 1e-6);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void A_fixed_time_out_serves_every_strategy(ArqMode strategy)
    {
        const long Timeout = 400_000_000;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var settings = new LabSettings { Strategy = strategy, Frames = 1, Loss = 0.6, TimeoutNanoseconds = Timeout, Seed = seed };
            var run = new LabRun(settings, new PatternPayload());
            run.Run();
            Assert.InRange(run.ElapsedNanoseconds % Timeout, CycleNs, CycleNs + 10_000); // a cycle, and a few bytes that name packets
        }
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void The_extremes_of_the_settings_run(ArqMode strategy)
    {
        LabSettings[] extremes =
        [
            new() { Strategy = strategy, DelayNanoseconds = LabSettings.LongestTimeNanoseconds },
            new() { Strategy = strategy, DelayNanoseconds = 0, BitsPerSecond = LabSettings.HighestBitsPerSecond },
            new() { Strategy = strategy, FrameSize = LabSettings.LargestFrameSize, BitsPerSecond = LabSettings.LowestBitsPerSecond },
        ];
        foreach (LabSettings settings in extremes)
        {
            var payload = new PatternPayload();
            var run = new LabRun(settings, payload);
            Assert.Equal(LabOutcome.Finished, run.Run());
            Assert.Equal(settings.PayloadBytes, payload.Delivered);
        }
    }

    private static (ulong, long) HashOf(LabSettings settings)
    {
        var hash = new TraceHash();
        var run = new LabRun(settings, new PatternPayload(), hash);
        run.Run();
        return (hash.Value, run.ElapsedNanoseconds);
    }
}

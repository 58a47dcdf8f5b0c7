using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Lab.Tests.Ladder;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Tests.Experiments;

/// <summary>What happens for certain in a run: what is written when, and what becomes of single datagrams.</summary>
public sealed class LabSceneTests
{
    private const long HourNs = 3_600_000_000_000;

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void A_pause_longer_than_all_patience_does_not_end_a_run(ArqMode strategy)
    {
        LabSettings settings = Settings(strategy) with
        {
            Frames = 3,
            Scene = new LabScene { Writings = [new LabWriting(0, 1), new LabWriting(HourNs, 2)] },
        };
        (CollectedLadder ladder, LabRun run) = Run(settings);
        Assert.True(HourNs > run.PatienceNanoseconds);
        Assert.Equal(LabOutcome.Finished, run.Outcome);
        Assert.Equal(0, ladder.Frames.First().DepartureNanoseconds);
        Assert.Equal(HourNs, ladder.Frames.ElementAt(1).DepartureNanoseconds);
        Assert.Contains(LabAssumption.FramesAlwaysWait, LabTheory.For(settings).Broken);
    }

    [Fact]
    public void A_dead_link_ends_a_run_when_nothing_more_will_be_written()
    {
        LabSettings settings = Settings(ArqMode.GoBackN) with
        {
            Frames = 2,
            Loss = 1,
            Scene = new LabScene { Writings = [new LabWriting(0, 1), new LabWriting(HourNs, 1)] },
        };
        (_, LabRun run) = Run(settings);
        Assert.Equal(LabOutcome.GaveUp, run.Outcome);
        Assert.InRange(run.NowNanoseconds, HourNs + run.PatienceNanoseconds, long.MaxValue);
    }

    /// <summary>Everything else on the link is lost.</summary>
    [Fact]
    public void What_a_scene_says_of_a_datagram_is_all_that_happens_to_it()
    {
        LabSettings settings = Settings(ArqMode.GoBackN) with
        {
            Frames = 1,
            Loss = 1,
            Scene = new LabScene
            {
                Transmissions = new Dictionary<long, LabFate> { [2] = new() { HeldNanoseconds = 7, SecondNanoseconds = 9 } },
                Acknowledgements = new Dictionary<long, LabFate> { [2] = new() },
            },
        };
        (CollectedLadder ladder, LabRun run) = Run(settings);
        Assert.Equal(LabOutcome.Finished, run.Outcome);
        Assert.Equal([LadderFate.Lost, LadderFate.Arrived, LadderFate.Arrived], ladder.Frames.Select(static s => s.Fate));
        Assert.Equal([LadderFate.Lost, LadderFate.Arrived], ladder.Acknowledgements.Select(static s => s.Fate));
        long flightNs = ladder.Frames.ElementAt(1).ArrivalNanoseconds - ladder.Frames.ElementAt(1).DepartureNanoseconds;
        Assert.Equal(settings.DelayNanoseconds + 864_000 + 7, flightNs);
        Assert.Equal(9, ladder.Frames.ElementAt(2).ArrivalNanoseconds - ladder.Frames.ElementAt(1).ArrivalNanoseconds);
        Assert.Contains(LabAssumption.LossesComeByChance, LabTheory.For(settings).Broken);
    }

    [Fact]
    public void Damage_that_a_scene_asks_for_is_found_by_the_checksum_and_repaired()
    {
        LabSettings settings = Settings(ArqMode.StopAndWait) with
        {
            Frames = 2,
            Scene = new LabScene { Transmissions = new Dictionary<long, LabFate> { [1] = new() { IsDamaged = true } } },
        };
        (CollectedLadder ladder, LabRun run) = Run(settings);
        Assert.Equal(LabOutcome.Finished, run.Outcome);
        Assert.Equal([LadderFate.Damaged, LadderFate.Arrived, LadderFate.Arrived], ladder.Frames.Select(static s => s.Fate));
    }

    [Fact]
    public void What_is_written_must_be_what_is_sent()
    {
        LabSettings settings = Settings(ArqMode.GoBackN) with { Scene = new LabScene { Writings = [new LabWriting(0, 3)] } };
        Assert.Throws<ArgumentOutOfRangeException>((settings with { Frames = 4 }).Validate);
        (settings with { Frames = 3 }).Validate();
    }

    private static LabSettings Settings(ArqMode strategy) =>
        new() { Strategy = strategy, Loss = 0, AcknowledgementLoss = null, DelayNanoseconds = 1_000_000 };

    private static (CollectedLadder Ladder, LabRun Run) Run(LabSettings settings)
    {
        var ladder = new CollectedLadder();
        var builder = new LadderBuilder(LadderView.Everything, settings.FrameSize, ladder);
        var run = new LabRun(settings, builder);
        run.Run();
        builder.Complete(run.NowNanoseconds);
        return (ladder, run);
    }
}

using Aldis.Protocols.Arq;
using Aldis.Protocols.Lab;
using Aldis.Protocols.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Ladder;

/// <summary>The ladder of whole runs in the laboratory.</summary>
public sealed class LadderBuilderTests
{
    private static readonly LabSettings Clean = new() { Frames = 5, Loss = 0 };

    [Fact]
    public void A_clean_stop_and_wait_alternates_frames_and_acknowledgements()
    {
        List<LadderStep> steps = LadderOf(Clean).Steps;
        Assert.Equal(10, steps.Count);
        for (int i = 0; i < 10; i += 2)
        {
            LadderStep frame = steps[i];
            LadderStep answer = steps[i + 1];
            Assert.Equal(LadderStepKind.Frame, frame.Kind);
            Assert.Equal((i / 2, LadderReception.InOrder, (i / 2) + 1), (frame.Frame, frame.Reception, frame.NextFrame));
            Assert.Equal(LadderStepKind.Acknowledgement, answer.Kind);
            Assert.Equal(frame.ArrivalNanoseconds, answer.DepartureNanoseconds);
            Assert.Equal(((i / 2) + 1, i / 2, LadderReception.Progress, 1),
                (answer.NextFrame, answer.AnsweredFrame, answer.Reception, answer.NewlyAcknowledged));
        }

        Assert.Equal(0, steps[0].DepartureNanoseconds);
        Assert.Equal(50_864_000, steps[0].ArrivalNanoseconds);
        Assert.Equal(100_928_800, steps[1].ArrivalNanoseconds);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void Every_arrow_is_there_once_in_order_of_time_with_its_fate(ArqMode strategy)
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            LabSettings settings = Rough(strategy, seed);
            (CollectedLadder ladder, LabTally tally) = Run(settings);
            Assert.Equal(tally.Transmissions, ladder.Frames.Count(s => !s.IsLinkCopy));
            Assert.Equal(tally.AcknowledgementsSent, ladder.Acknowledgements.Count(s => !s.IsLinkCopy));
            Assert.Equal(tally.DuplicatedByLink, ladder.Steps.Count(s => s.IsLinkCopy));
            Assert.Equal(
                tally.FramesLost + tally.AcknowledgementsLost, ladder.Steps.Count(s => s.Fate == LadderFate.Lost && s.ArrivalNanoseconds < 0));
            Assert.Equal(tally.FramesDamaged + tally.AcknowledgementsDamaged, ladder.Steps.Count(s => s.Fate == LadderFate.Damaged));
            Assert.Equal(tally.DuplicatesDropped, ladder.Frames.Count(s => s.Reception == LadderReception.Duplicate));
            Assert.Equal(tally.OutOfOrderDropped, ladder.Frames.Count(s => s.Reception == LadderReception.OutOfOrder));
            Assert.Equal(tally.AcknowledgementsReceived, ladder.Acknowledgements.Count(s => s.Fate == LadderFate.Arrived));
            Assert.All(ladder.Steps.Where(s => s.IsArrow), s => Assert.NotEqual(LadderFate.Unknown, s.Fate));
            Assert.All(
                ladder.Frames.Where(s => s.Fate == LadderFate.Arrived), s => Assert.NotEqual(LadderReception.None, s.Reception));
            Assert.True(ladder.Steps.Zip(ladder.Steps.Skip(1)).All(p => p.First.TimeNanoseconds <= p.Second.TimeNanoseconds));
        }
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void A_repetition_points_at_the_copy_it_replaces_and_says_what_had_become_of_it(ArqMode strategy)
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            (CollectedLadder ladder, _) = Run(Rough(strategy, seed));
            foreach (LadderStep repetition in ladder.Frames.Where(s => s.Transmission > 1 && !s.IsLinkCopy))
            {
                LadderStep replaced = ladder.Frames.First(s => s.PacketNumber == repetition.ReplacedPacketNumber);
                Assert.Equal(repetition.Frame, replaced.Frame);
                Assert.Equal(repetition.Transmission, replaced.Transmission + 1);
                Assert.Equal(repetition.ReplacedDepartureNanoseconds, replaced.DepartureNanoseconds);
                Assert.NotEqual(TraceCause.None, repetition.Cause);
                bool isTwin = ladder.Frames.Count(s => s.PacketNumber == replaced.PacketNumber) > 1;
                if (!isTwin && replaced.Fate == LadderFate.Lost)
                {
                    Assert.Equal(ReplacedCopyFate.Lost, repetition.ReplacedFate);
                }
                else if (!isTwin && replaced.ArrivalNanoseconds > repetition.TimeNanoseconds && replaced.Fate == LadderFate.Arrived)
                {
                    Assert.Equal(ReplacedCopyFate.UnderWay, repetition.ReplacedFate);
                }
            }
        }
    }

    private static LabSettings Rough(ArqMode strategy, ulong seed) => new()
    {
        Strategy = strategy,
        Frames = 60,
        Loss = 0.1,
        Corrupt = 0.05,
        Duplicate = 0.1,
        Reorder = 0.1,
        Seed = seed,
    };

    private static CollectedLadder LadderOf(LabSettings settings) => Run(settings).Ladder;

    private static (CollectedLadder Ladder, LabTally Tally) Run(LabSettings settings)
    {
        var ladder = new CollectedLadder();
        var builder = new LadderBuilder(LadderView.Everything, settings.FrameSize, ladder);
        var payload = new PatternPayload();
        var run = new LabRun(settings, payload, builder);
        Assert.Equal(LabOutcome.Finished, run.Run());
        builder.Complete(run.NowNanoseconds);
        Assert.True(payload.IsIntact && payload.Delivered == settings.PayloadBytes);
        return (ladder, run.Tally);
    }
}

using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Tests.Ladder;

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
            Assert.Equal(((i / 2) + 1, i / 2, LadderReception.Progress), (answer.NextFrame, answer.AnsweredFrame, answer.Reception));
            Assert.Equal([i / 2], answer.NewlyAcknowledged);
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
                tally.FramesLost + tally.AcknowledgementsLost,
                ladder.Steps.Count(s => s.Fate == LadderFate.Lost && s.ArrivalNanoseconds < 0));
            Assert.Equal(tally.FramesDamaged + tally.AcknowledgementsDamaged, ladder.Steps.Count(s => s.Fate == LadderFate.Damaged));
            Assert.Equal(tally.DuplicatesDropped, ladder.Frames.Count(s => s.Reception == LadderReception.Duplicate));
            Assert.Equal(tally.OutOfOrderDropped, ladder.Frames.Count(s => s.Reception == LadderReception.OutOfOrder));
            Assert.Equal(tally.AcknowledgementsReceived, ladder.Acknowledgements.Count(s => s.Fate == LadderFate.Arrived));
            Assert.All(ladder.Steps.Where(s => s.IsArrow), s => Assert.NotEqual(LadderFate.Unknown, s.Fate));
            Assert.All(
                ladder.Frames.Where(s => s.Fate == LadderFate.Arrived), s => Assert.NotEqual(LadderReception.None, s.Reception));
            Assert.True(IsInOrder(ladder));
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
                    bool isOfUse = replaced.Reception != LadderReception.OutOfOrder;
                    Assert.Equal(ReplacedCopyFate.UnderWay, repetition.ReplacedFate);
                    Assert.Equal(isOfUse ? ReplacedCopyFate.UnderWay : ReplacedCopyFate.Discarded, repetition.ReplacedOutcome);
                }
            }
        }
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void The_sender_alone_gives_a_ladder_of_what_it_knows(ArqMode strategy)
    {
        (CollectedLadder ladder, LabTally tally) = Run(Rough(strategy, 5), LadderView.Client);
        Assert.Equal(tally.Transmissions, ladder.Frames.Count());
        Assert.All(ladder.Frames, s => Assert.True(s.Fate is LadderFate.Confirmed or LadderFate.GivenUp && s.ArrivalNanoseconds < 0));
        Assert.All(ladder.Frames, s => Assert.True(s.SettledNanoseconds > s.DepartureNanoseconds));
        Assert.Equal(tally.AcknowledgementsReceived, ladder.Acknowledgements.Count());
        Assert.All(ladder.Acknowledgements, s => Assert.True(s.ArrivalNanoseconds >= 0 && s.DepartureNanoseconds < 0));
        Assert.Contains(ladder.Acknowledgements, s => s is { Reception: LadderReception.Progress, AnsweredFrame: > 0 });
        Assert.Contains(ladder.Steps, s => s.Kind == LadderStepKind.DamagedArrival);
        Assert.True(IsInOrder(ladder));
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void The_receiver_alone_gives_a_ladder_of_what_it_knows(ArqMode strategy)
    {
        (CollectedLadder ladder, LabTally tally) = Run(Rough(strategy, 5), LadderView.Server);
        Assert.Equal(60, ladder.Frames.Where(s => s.Reception is LadderReception.InOrder or LadderReception.KeptAhead).Count());
        Assert.Equal(tally.DuplicatesDropped, ladder.Frames.Count(s => s.Reception == LadderReception.Duplicate));
        Assert.All(ladder.Frames, s => Assert.True(s.ArrivalNanoseconds >= 0 && s.DepartureNanoseconds < 0));
        Assert.Equal(tally.AcknowledgementsSent, ladder.Acknowledgements.Count());
        Assert.All(ladder.Acknowledgements, s => Assert.Equal(LadderFate.Unknown, s.Fate));
        Assert.True(IsInOrder(ladder));
    }

    [Fact]
    public void A_link_that_keeps_a_loss_to_itself_shows_as_an_arrow_without_a_fate()
    {
        // What the tests above look for is missing where the builder is not told everything.
        var ladder = new CollectedLadder();
        var builder = new LadderBuilder(LadderView.Everything, 1024, ladder);
        var settings = new LabSettings { Loss = 0.3 };
        new LabRun(settings, new PatternPayload(), new Without(TraceEventKind.LinkDropped, builder)).Run();
        builder.Complete(long.MaxValue);
        Assert.Contains(ladder.Frames, s => s.Fate == LadderFate.UnderWay);
        Assert.DoesNotContain(ladder.Steps, s => s.Fate == LadderFate.Lost);
    }

    [Fact]
    public void No_more_is_held_than_the_bound()
    {
        var ladder = new CollectedLadder();
        var builder = new LadderBuilder(LadderView.Client, 100, ladder);
        for (long i = 0; i < LadderBuilder.MostHeld + 10; i++)
        {
            builder.Record(new TraceEvent(TraceEventKind.FrameSent, i) { PacketNumber = i + 1, Offset = i * 100, Length = 100 });
        }

        Assert.Equal(10, ladder.Steps.Count);
        Assert.Equal(LadderFate.Unknown, ladder.Steps[0].Fate);
    }

    private static bool IsInOrder(CollectedLadder ladder) =>
        ladder.Steps.Zip(ladder.Steps.Skip(1)).All(p => p.First.TimeNanoseconds <= p.Second.TimeNanoseconds);

    private sealed class Without(TraceEventKind kind, ITraceSink sink) : ITraceSink
    {
        public void Record(in TraceEvent traceEvent)
        {
            if (traceEvent.Kind != kind)
            {
                sink.Record(traceEvent);
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

    private static (CollectedLadder Ladder, LabTally Tally) Run(LabSettings settings, LadderView view = LadderView.Everything)
    {
        var ladder = new CollectedLadder();
        var builder = new LadderBuilder(view, settings.FrameSize, ladder);
        ITraceSink sink = view == LadderView.Everything
            ? builder : new OneSide(view == LadderView.Client ? TraceSide.Client : TraceSide.Server, builder);
        var payload = new PatternPayload();
        var run = new LabRun(settings, payload, sink);
        Assert.Equal(LabOutcome.Finished, run.Run());
        builder.Complete(run.NowNanoseconds);
        Assert.True(payload.IsIntact && payload.Delivered == settings.PayloadBytes);
        return (ladder, run.Tally);
    }
}

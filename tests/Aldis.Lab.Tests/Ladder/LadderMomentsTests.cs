using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Tests.Ladder;

/// <summary>The moments of whole runs: departures and arrivals in the order in which they happened.</summary>
public sealed class LadderMomentsTests
{
    private const int Seeds = 60;

    public static TheoryData<ArqMode> Strategies => [.. Enum.GetValues<ArqMode>()];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Time_never_goes_back_from_one_moment_to_the_next(ArqMode strategy) => ForAll(strategy, static moments =>
        Assert.All(moments.Zip(moments.Skip(1)), static pair => Assert.True(pair.First.TimeNanoseconds <= pair.Second.TimeNanoseconds)));

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Every_departure_has_exactly_one_arrival_or_a_loss_after_it_and_nothing_else_arrives_but_copies_of_the_link(
        ArqMode strategy) => ForAll(strategy, static moments =>
    {
        Assert.Null(Unpaired(moments));
        Assert.Contains(moments, static moment => moment is { Kind: LadderMomentKind.Arrival, Step.IsLinkCopy: true });
    });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void What_arrives_in_an_instant_comes_before_what_leaves_because_of_it(ArqMode strategy) => ForAll(strategy, static moments =>
    {
        int unanswered = 0;
        foreach (LadderMoment moment in moments.Where(static moment => moment.Side == TraceSide.Server))
        {
            bool isAnswer = moment is { Kind: LadderMomentKind.Departure, Step.Kind: LadderStepKind.Acknowledgement };
            unanswered += isAnswer ? -1 : 1;
            Assert.True(unanswered >= 0, "an acknowledgement stands before the frame that it answers");
        }
    });

    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    public void That_holds_where_an_arrow_needs_no_time_too(long delayNanoseconds)
    {
        var settings = new LabSettings
        {
            Strategy = ArqMode.GoBackN,
            Window = 3,
            DelayNanoseconds = delayNanoseconds,
            BitsPerSecond = LabSettings.HighestBitsPerSecond,
            FrameSize = 1,
            HeaderSize = 0,
            AcknowledgementSize = 0,
            TimeoutNanoseconds = 1_000_000,
        };
        List<LadderMoment> moments = LadderRun.Moments(settings);
        Assert.Null(Unpaired(moments));
        Assert.All(moments.Zip(moments.Skip(1)), static pair => Assert.True(pair.First.TimeNanoseconds <= pair.Second.TimeNanoseconds));
    }

    [Fact]
    public void In_the_order_of_departures_an_acknowledgement_would_stand_above_the_timer_that_did_not_wait_for_it()
    {
        // The rows of a ladder were in this order once: what the tests above assert is not true of it.
        var settings = new LabSettings { Frames = 4, Loss = 0, TimeoutNanoseconds = 80_000_000 };
        List<LadderMoment> moments = LadderRun.Moments(settings);
        int timer = moments.FindIndex(static moment => moment.Step.Kind == LadderStepKind.TimerFired);
        int answer = moments.FindIndex(static moment =>
            moment is { Kind: LadderMomentKind.Arrival, Step.Kind: LadderStepKind.Acknowledgement });
        Assert.True(timer < answer);
        List<LadderMoment> byDeparture = [.. moments.OrderBy(static moment => moment.Step.Order)];
        Assert.NotNull(Unordered(byDeparture));
        Assert.Null(Unordered(moments));
    }

    [Fact]
    public void A_side_alone_has_the_moments_that_it_sees()
    {
        var collected = new CollectedLadder();
        var builder = new LadderBuilder(LadderView.Client, 1024, collected);
        var run = new LabRun(new LabSettings { Loss = 0.2 }, new PatternPayload(), new OneSide(TraceSide.Client, builder));
        run.Run();
        builder.Complete(run.NowNanoseconds);
        List<LadderMoment> moments = LadderMoments.Of(collected.Steps);
        Assert.Equal(run.Tally.Transmissions, moments.Count(static moment => moment.Kind == LadderMomentKind.Departure));
        Assert.Equal(run.Tally.AcknowledgementsReceived, moments.Count(static moment => moment.Kind == LadderMomentKind.Arrival));
        Assert.All(moments, static moment => Assert.Equal(TraceSide.Client, moment.Side));
        Assert.Null(Unordered(moments));
    }

    /// <summary>Runs a rough link with many seeds.</summary>
    private static void ForAll(ArqMode strategy, Action<List<LadderMoment>> check)
    {
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            check(LadderRun.Moments(new LabSettings
            {
                Strategy = strategy,
                Frames = 60,
                Loss = 0.1,
                Corrupt = 0.05,
                Duplicate = 0.1,
                Reorder = 0.1,
                Seed = seed,
            }));
        }
    }

    private static LadderMoment? Unordered(List<LadderMoment> moments)
    {
        int at = Enumerable.Range(1, moments.Count - 1).FirstOrDefault(i => moments[i].TimeNanoseconds < moments[i - 1].TimeNanoseconds);
        return at == 0 ? null : moments[at];
    }

    /// <summary>A moment whose counterpart is missing, doubled, or too early.</summary>
    private static LadderMoment? Unpaired(List<LadderMoment> moments)
    {
        var underWay = new HashSet<LadderStep>();
        foreach (LadderMoment moment in moments.Where(static moment => moment.Kind != LadderMomentKind.Mark && !moment.Step.IsLinkCopy))
        {
            bool isPaired = moment.Kind == LadderMomentKind.Departure ? underWay.Add(moment.Step) : underWay.Remove(moment.Step);
            if (!isPaired)
            {
                return moment;
            }
        }

        return underWay.Count == 0 ? null : new LadderMoment(underWay.First(), LadderMomentKind.Departure);
    }
}

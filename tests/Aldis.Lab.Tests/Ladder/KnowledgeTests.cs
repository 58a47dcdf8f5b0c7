using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Tests.Ladder;

/// <summary>What each side knows at a moment, and the window that follows from it.</summary>
public sealed class KnowledgeTests
{
    private const int Frames = 40;

    public static TheoryData<ArqMode, int> Runs => new(
        from strategy in Enum.GetValues<ArqMode>() from seed in Enumerable.Range(0, 20) select (strategy, seed));

    [Theory]
    [MemberData(nameof(Runs))]
    public void The_sender_never_has_more_out_than_its_window_and_knows_in_the_end_that_everything_arrived(ArqMode strategy, int seed)
    {
        LabSettings settings = Rough(strategy, seed);
        var sender = new SenderKnowledge(settings.WindowFrames, Frames);
        string before = sender.Strip(Frames);
        foreach (LadderMoment moment in LadderRun.Moments(settings))
        {
            Assert.True(sender.Take(moment) || sender.Strip(Frames) == before);
            string strip = sender.Strip(Frames);
            Assert.True(strip.Count(static cell => cell == SenderKnowledge.Out) <= settings.WindowFrames, strip);
            Assert.DoesNotMatch("[NF][AO]", strip);
            Assert.True(
                before.Zip(strip).All(static cell => cell.First != SenderKnowledge.Acknowledged || cell.Second == cell.First), strip);
            before = strip;
        }

        Assert.Equal(new string(SenderKnowledge.Acknowledged, Frames), before);
        Assert.Equal("Everything is acknowledged.", sender.Sentence());
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void The_sender_learns_nothing_before_it_could_and_nothing_that_the_receiver_does_not_know(ArqMode strategy, int seed)
    {
        LabSettings settings = Rough(strategy, seed);
        var sender = new SenderKnowledge(settings.WindowFrames, Frames);
        var arrived = new HashSet<long>();
        foreach (LadderMoment moment in LadderRun.Moments(settings))
        {
            if (moment is { Kind: LadderMomentKind.Arrival, Step: { Kind: LadderStepKind.Frame, Fate: LadderFate.Arrived } })
            {
                arrived.Add(moment.Step.Frame);
            }

            sender.Take(moment);
            Assert.All(
                sender.Strip(Frames).Index().Where(static cell => cell.Item == SenderKnowledge.Acknowledged),
                cell => Assert.Contains(cell.Index, arrived));
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void The_receiver_has_everything_in_the_end(ArqMode strategy, int seed)
    {
        var receiver = new ReceiverKnowledge(Frames);
        Assert.Equal("It has nothing, and waits for frame 0.", receiver.Sentence());
        long expected = 0;
        foreach (LadderMoment moment in LadderRun.Moments(Rough(strategy, seed)))
        {
            receiver.Take(moment);
            Assert.True(receiver.Expected >= expected);
            expected = receiver.Expected;
        }

        Assert.Equal("It has everything.", receiver.Sentence());
    }

    [Fact]
    public void A_lost_frame_in_selective_repeat_holds_the_window_while_others_behind_it_are_acknowledged()
    {
        var settings = new LabSettings
        {
            Strategy = ArqMode.SelectiveRepeat,
            Window = 4,
            Frames = 12,
            Loss = 0,
            KilledTransmissions = [2],
            KilledAcknowledgements = [4],
        };
        WindowRow[] rows = [.. new WindowRecorder(4, 12, 12).RowsOf(LadderRun.Moments(settings))];
        Assert.Equal(
            [
                ("full", "OOOONNNNNNNN"),
                ("ACK 1", "AOOOONNNNNNN"),
                ("ACK 1 +2", "AOAOONNNNNNN"),
                ("ACK 1 +3", "AOAAONNNNNNN"),
                ("time-out", "AOAAONNNNNNN"),
            ],
            rows[..5].Select(static row => (row.Event, row.Strip)));
        var sender = new SenderKnowledge(4, 12);
        foreach (LadderMoment moment in LadderRun.Moments(settings).TakeWhile(static m => m.Step.Kind != LadderStepKind.TimerFired))
        {
            sender.Take(moment);
        }

        Assert.Equal("All before frame 1 is acknowledged, and 2–3. Out: 1, 4; frame 5 must wait for an answer.", sender.Sentence());
    }

    [Fact]
    public void A_side_that_takes_a_frame_for_another_knows_what_it_took_it_for()
    {
        var settings = new LabSettings
        {
            Strategy = ArqMode.SelectiveRepeat,
            Window = 3,
            Frames = 6,
            SequenceBits = 2,
            Loss = 0,
            KilledAcknowledgements = [1, 2, 3],
        };
        var receiver = new ReceiverKnowledge(6);
        LadderMoment mistaken = LadderRun.Moments(settings).First(moment =>
        {
            receiver.Take(moment);
            return LadderWords.IsMistaken(moment);
        });
        Assert.Equal("It has everything before frame 3, and waits for frame 3. It keeps 4 for later.", receiver.Sentence());
        Assert.Equal(("frame 4 (0): taken", "in truth frame 0 (0) #4"), (LadderWords.Line(mistaken), LadderWords.Aside(mistaken)));
    }

    [Fact]
    public void A_strip_without_room_for_all_frames_follows_the_window()
    {
        var settings = new LabSettings { Strategy = ArqMode.GoBackN, Window = 3, Frames = 100, Loss = 0 };
        WindowRow[] rows = [.. new WindowRecorder(3, 100, 10).RowsOf(LadderRun.Moments(settings))];
        Assert.All(rows, static row => Assert.Equal(10, row.Strip.Length));
        Assert.Equal((0, "OOONNNNNNN"), (rows[0].Origin, rows[0].Strip));
        Assert.Equal((90, "AAAAAAAAAA"), (rows[^1].Origin, rows[^1].Strip));
        Assert.All(rows.Zip(rows.Skip(1)), static pair => Assert.True(pair.First.Origin <= pair.Second.Origin));
    }

    [Fact]
    public void Numbers_that_follow_each_other_are_a_range_and_many_ranges_are_cut()
    {
        Assert.Equal("1, 3–5, 9", SenderKnowledge.Ranges([1, 3, 4, 5, 9]));
        Assert.Equal("1, 3, 5, 7, 9, 11 …", SenderKnowledge.Ranges([1, 3, 5, 7, 9, 11, 13]));
        Assert.Equal(string.Empty, SenderKnowledge.Ranges([]));
    }

    private static LabSettings Rough(ArqMode strategy, int seed) => new()
    {
        Strategy = strategy,
        Frames = Frames,
        Loss = 0.15,
        Corrupt = 0.05,
        Duplicate = 0.1,
        Reorder = 0.1,
        Seed = (ulong)seed,
    };
}

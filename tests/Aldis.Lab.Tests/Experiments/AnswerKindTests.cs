using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Lab.Tests.Ladder;
using Aldis.Lab.Tests.Numbers;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Tests.Experiments;

/// <summary>What acknowledgements of selective repeat say, and what the sender makes of it.</summary>
public sealed class AnswerKindTests
{
    /// <summary>Frame 1 is lost, and the answer to frame 3: a later answer makes that good only if it names all that is there; if answers
    /// do not name what is behind the gap, all of it goes again.</summary>
    [Theory]
    [InlineData(AnswerKind.Selective, new long[] { 1 })]
    [InlineData(AnswerKind.Individual, new long[] { 1, 3 })]
    [InlineData(AnswerKind.Cumulative, new long[] { 1, 2, 3, 4 })]
    internal void What_an_answer_does_not_name_goes_again(AnswerKind answers, long[] again)
    {
        (CollectedLadder ladder, int[] delivered) = Run(Settings(answers) with
        {
            KilledTransmissions = [2],
            KilledAcknowledgements = [3],
        });
        Assert.Equal(Enumerable.Range(0, 8), delivered);
        Assert.Equal(again, ladder.Frames.Where(static s => s.Transmission > 1).Select(static s => s.Frame));
    }

    [Fact]
    public void The_window_moves_over_frames_that_were_answered_one_by_one()
    {
        (CollectedLadder ladder, _) = Run(Settings(AnswerKind.Individual) with { KilledTransmissions = [1] });
        LadderStep first = ladder.Acknowledgements.First(static s => s.AnsweredFrame == 0);
        Assert.Equal((LadderReception.Progress, 4L), (first.Reception, first.WindowStart));
        Assert.Equal([1, 2, 3], ladder.Acknowledgements.Take(3).Select(static s => s.AnsweredFrame));
        Assert.All(
            ladder.Acknowledgements.Take(3),
            static s => Assert.Equal((LadderReception.Selective, 0L), (s.Reception, s.WindowStart)));
        Assert.All(ladder.Acknowledgements, static s => Assert.Equal((AnswerKind.Individual, -1L), (s.Says, s.TakenFor)));
    }

    /// <summary>The textbook's scene with individual answers: frames 0, 1 and 2 arrive, no answer does, and frame 0 is taken for
    /// frame 4.</summary>
    [Theory]
    [InlineData(AnswerKind.Individual)]
    [InlineData(AnswerKind.Cumulative)]
    internal void Short_numbers_are_mistaken_whatever_answers_say(AnswerKind answers)
    {
        LabSettings settings = Settings(answers) with { Window = 3, SequenceBits = 2, Frames = 6, KilledAcknowledgements = [1, 2, 3] };
        Assert.Equal([0, 1, 2, 3, 0, 1], Run(settings).Delivered);
        Assert.Equal(Enumerable.Range(0, 6), Run(settings with { SequenceBits = 3 }).Delivered);
    }

    [Fact]
    internal void They_say_so_on_rough_links_too_and_everything_arrives()
    {
        foreach (AnswerKind answers in Enum.GetValues<AnswerKind>())
        {
            for (ulong seed = 1; seed <= 10; seed++)
            {
                LabSettings settings = Settings(answers) with
                {
                    Frames = 200,
                    Loss = 0.3,
                    Duplicate = 0.2,
                    Reorder = 0.2,
                    Corrupt = 0.1,
                    Seed = seed,
                    TimeoutNanoseconds = (long)(seed % 3) * 60_000_000,
                };
                Assert.Equal(Enumerable.Range(0, 200), Run(settings).Delivered);
            }
        }
    }

    [Fact]
    public void Theory_assumes_answers_that_name_all_that_is_there()
    {
        LabSettings cumulative = Settings(AnswerKind.Cumulative) with { Loss = 0.1 };
        Assert.Contains(LabAssumption.AcknowledgementsNameAll, LabTheory.For(cumulative).Broken);
        Assert.Empty(LabTheory.For(cumulative with { Loss = 0, AcknowledgementLoss = 0.1 }).Broken);
        Assert.Empty(LabTheory.For(cumulative with { Answers = AnswerKind.Individual }).Broken);
        LabSettings single = new() { Answers = AnswerKind.Individual };
        Assert.Throws<ArgumentOutOfRangeException>(single.Validate);
    }

    private static LabSettings Settings(AnswerKind answers) => new()
    {
        Strategy = ArqMode.SelectiveRepeat,
        Answers = answers,
        Window = 4,
        Frames = 8,
        FrameSize = 100,
        Loss = 0,
    };

    private static (CollectedLadder Ladder, int[] Delivered) Run(LabSettings settings)
    {
        var payload = new CountedFrames(settings.FrameSize);
        var ladder = new CollectedLadder();
        LadderBuilder builder = settings.LadderTo(ladder);
        var run = new LabRun(settings, payload, builder);
        Assert.Equal(LabOutcome.Finished, run.Run());
        builder.Complete(run.NowNanoseconds);
        return (ladder, [.. payload.Delivered]);
    }
}

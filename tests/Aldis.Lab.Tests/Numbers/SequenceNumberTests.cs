using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Lab.Tests.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Tests.Numbers;

/// <summary>Frame numbers of a few bits: when they suffice, and what is taken for what when they do not.</summary>
public sealed class SequenceNumberTests
{
    private const int FrameSize = 100;

    /// <summary>The textbook's scenes: the window is full, all of it arrives, and every answer is lost. What is handed on is worked out by
    /// hand.</summary>
    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 0, 3, new[] { 0, 0, 1, 2 })]
    [InlineData(ArqMode.StopAndWait, 1, 1, 3, new[] { 0, 1, 2 })]
    [InlineData(ArqMode.GoBackN, 4, 2, 8, new[] { 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData(ArqMode.GoBackN, 3, 2, 8, new[] { 0, 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData(ArqMode.GoBackN, 8, 3, 8, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData(ArqMode.SelectiveRepeat, 3, 2, 6, new[] { 0, 1, 2, 3, 0, 1 })]
    [InlineData(ArqMode.SelectiveRepeat, 2, 2, 6, new[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(ArqMode.SelectiveRepeat, 4, 2, 8, new[] { 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7 })]
    public void With_every_answer_to_a_window_lost_old_frames_are_taken_for_new_ones_unless_numbers_suffice(
        ArqMode strategy, int window, int bits, int frames, int[] delivered)
    {
        long[] answers = [.. Enumerable.Range(1, window).Select(static number => (long)number)];
        Scene scene = Run(Settings(strategy, window, bits) with { Frames = frames, KilledAcknowledgements = answers });
        Assert.Equal(LabOutcome.Finished, scene.Outcome);
        Assert.Equal(delivered, scene.Delivered);
        bool isSafe = delivered.SequenceEqual(Enumerable.Range(0, frames));
        Assert.Equal(isSafe, !scene.Mistakes.Any);
        Assert.Equal(isSafe, SequenceNumbers.Of(scene.Settings)!.AreEnough);
        Assert.Equal(isSafe, !LabTheory.For(scene.Settings).Broken.Contains(LabAssumption.NumbersTellFramesApart));
    }

    /// <summary>The other scene: frame 0 is lost, the receiver asks for it again, and by its number that asks for frame 4.</summary>
    [Fact]
    public void An_answer_that_asks_for_the_lost_frame_again_says_to_the_sender_that_the_window_arrived()
    {
        Scene scene = Run(Settings(ArqMode.GoBackN, 4, 2) with { Frames = 8, KilledTransmissions = [1] });
        Assert.Equal([4, 5, 6, 7], scene.Delivered);
        Assert.Equal((0L, 4L), (scene.Mistakes.FirstAcknowledgement!.Value.Frame, scene.Mistakes.FirstAcknowledgement.Value.TakenFor));
        Assert.Equal((4L, 0L), (scene.Mistakes.FirstFrame!.Value.Frame, scene.Mistakes.FirstFrame.Value.TakenFor));
        Assert.False(scene.Mistakes.BeganWithFrame);
        Assert.Equal([4, -1, -1, 5, 6, 7, 8], scene.Ladder.Acknowledgements.Select(static s => s.TakenFor));
        Assert.Equal([0, 0, 0, 1, 2, 3, 0], scene.Ladder.Acknowledgements.Select(static s => s.Number));
    }

    [Fact]
    public void The_ladder_says_which_frame_was_taken_for_which_and_what_number_both_carry()
    {
        Scene scene = Run(Settings(ArqMode.SelectiveRepeat, 3, 2) with { Frames = 6, KilledAcknowledgements = [1, 2, 3] });
        Assert.Equal(
            [(0, 0, -1), (1, 1, -1), (2, 2, -1), (0, 0, 4), (1, 1, 5), (2, 2, -1), (3, 3, -1), (4, 0, 8), (5, 1, -1)],
            scene.Ladder.Frames.Select(static s => (s.Frame, s.Number, s.TakenFor)));
        Assert.Equal(3, scene.Mistakes.Frames);
        Assert.Equal((0L, 4L), (scene.Mistakes.FirstFrame!.Value.Frame, scene.Mistakes.FirstFrame.Value.TakenFor));
    }

    /// <summary>Numbers that suffice change nothing, to the last event; premature timers and lost answers included.</summary>
    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 1)]
    [InlineData(ArqMode.GoBackN, 1, 1)]
    [InlineData(ArqMode.GoBackN, 3, 2)]
    [InlineData(ArqMode.GoBackN, 7, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 1, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 2, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 4, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 8, 4)]
    public void Numbers_that_suffice_change_nothing_on_a_link_that_keeps_the_order(ArqMode strategy, int window, int bits)
    {
        foreach (int timeoutMs in new[] { 0, 30, 110 })
        {
            for (ulong seed = 1; seed <= 10; seed++)
            {
                LabSettings settings = Settings(strategy, window, bits) with
                {
                    Frames = 100,
                    Loss = 0.3,
                    Corrupt = 0.05,
                    Seed = seed,
                    TimeoutNanoseconds = timeoutMs * 1_000_000,
                };
                Scene scene = Run(settings);
                Assert.Equal(Enumerable.Range(0, 100), scene.Delivered);
                Assert.False(scene.Mistakes.Any);
                Assert.Equal(Run(settings with { SequenceBits = null }).Hash, scene.Hash);
            }
        }
    }

    /// <summary>The rule is sharp: with one frame more in the window something goes wrong sooner or later.</summary>
    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 0)]
    [InlineData(ArqMode.GoBackN, 2, 1)]
    [InlineData(ArqMode.GoBackN, 4, 2)]
    [InlineData(ArqMode.GoBackN, 8, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 2, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 3, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 5, 3)]
    public void A_window_of_one_frame_more_is_too_large(ArqMode strategy, int window, int bits)
    {
        int wrong = 0;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Scene scene = Run(Settings(strategy, window, bits) with { Frames = 100, Loss = 0.5, Seed = seed });
            bool isWrong = !scene.Delivered.SequenceEqual(Enumerable.Range(0, 100));
            Assert.True(!isWrong || scene.Mistakes.Any);
            wrong += isWrong ? 1 : 0;
        }

        Assert.InRange(wrong, 1, 20);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 0, 0, 1)]
    [InlineData(ArqMode.GoBackN, 4, 2, 3, 3)]
    [InlineData(ArqMode.GoBackN, 3, 2, 3, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 3, 2, 2, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 4, 3, 4, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 1, 0, 0, 1)]
    [InlineData(ArqMode.GoBackN, LabSettings.LargestWindow, SequenceNumbers.MostBits, uint.MaxValue, 17)]
    public void The_rule_names_the_largest_safe_window_and_the_bits_that_are_needed(
        ArqMode strategy, int window, int bits, long largest, int needed)
    {
        SequenceNumbers numbers = SequenceNumbers.Of(Settings(strategy, window, bits))!;
        Assert.Equal(largest, numbers.LargestSafeWindow);
        Assert.Equal(needed, numbers.BitsNeeded);
        Assert.Equal(window <= largest, numbers.AreEnough);
    }

    /// <summary>The sender has frames 8 to 10 out, numbered modulo 4.</summary>
    [Theory]
    [InlineData(7, -1)]
    [InlineData(8, 8)]
    [InlineData(9, 9)]
    [InlineData(10, 10)]
    [InlineData(11, -1)]
    [InlineData(4, 8)]
    [InlineData(12, 8)]
    public void An_answer_for_one_frame_is_taken_for_the_frame_under_way_that_has_its_number(long frame, long taken) =>
        Assert.Equal(taken, SequenceNumbers.Of(Settings(ArqMode.SelectiveRepeat, 3, 2))!.FrameAtSender(frame, 8, 11));

    [Fact]
    public void On_a_link_that_lets_copies_be_overtaken_no_window_is_safe()
    {
        var settings = new LabSettings
        {
            Frames = 5,
            FrameSize = 1024,
            SequenceBits = 1,
            AcknowledgementLoss = 0,
            Reorder = 0.5,
            TimeoutNanoseconds = 98_000_000,
            Seed = 53,
        };
        Scene scene = Run(settings);
        Assert.True(SequenceNumbers.Of(settings)!.AreEnough);
        Assert.Equal([0, 1, 4], scene.Delivered);
        Assert.Equal((1L, 3L), (scene.Mistakes.FirstAcknowledgement!.Value.Frame, scene.Mistakes.FirstAcknowledgement.Value.TakenFor));
    }

    /// <summary>A megabyte is what the receiver lets the sender be ahead, and neither knows that he is.</summary>
    [Fact]
    public void A_receiver_that_lags_behind_farther_than_its_credit_does_not_hold_the_sender_up()
    {
        Scene scene = Run(Settings(ArqMode.GoBackN, 4, 2) with
        {
            Frames = 30_000,
            FrameSize = 1000,
            Loss = 0.2,
            AcknowledgementLoss = 0,
        });
        Assert.Equal(LabOutcome.Finished, scene.Outcome);
        Assert.InRange(scene.Delivered.Length, 1, 28_000);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 1)]
    [InlineData(ArqMode.GoBackN, 8, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 8, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 8, 1)]
    public void A_long_run_that_goes_wrong_a_thousand_times_comes_to_its_end(ArqMode strategy, int window, int bits)
    {
        Scene scene = Run(Settings(strategy, window, bits) with
        {
            Frames = 30_000,
            FrameSize = 1000,
            Loss = 0.2,
            Reorder = 0.2,
            Duplicate = 0.2,
            TimeoutNanoseconds = 60_000_000,
        });
        Assert.InRange(scene.Mistakes.Frames + scene.Mistakes.Acknowledgements, 1000, long.MaxValue);
        Assert.NotEqual(LabOutcome.Running, scene.Outcome);
        Assert.DoesNotContain(scene.Ladder.Steps, static s => s.Kind == LadderStepKind.Ended);
    }

    [Fact]
    public void A_file_whose_last_frame_is_not_full_and_more_bits_than_there_are_are_refused()
    {
        LabSettings settings = Settings(ArqMode.GoBackN, 3, 2) with { Frames = 2 };
        Assert.Throws<ArgumentOutOfRangeException>((settings with { TotalBytes = 101 }).Validate);
        Assert.Throws<ArgumentOutOfRangeException>((settings with { SequenceBits = -1 }).Validate);
        Assert.Throws<ArgumentOutOfRangeException>((settings with { SequenceBits = SequenceNumbers.MostBits + 1 }).Validate);
        (settings with { TotalBytes = 200 }).Validate();
    }

    private static LabSettings Settings(ArqMode strategy, int window, int bits) => new()
    {
        Strategy = strategy,
        Window = window,
        SequenceBits = bits,
        FrameSize = FrameSize,
        Loss = 0,
    };

    private static Scene Run(LabSettings settings)
    {
        var payload = new CountedFrames(settings.FrameSize);
        var ladder = new CollectedLadder();
        var hash = new TraceHash();
        LadderBuilder builder = settings.LadderTo(ladder);
        var run = new LabRun(settings, payload, new TraceFork(builder, hash));
        run.Run();
        builder.Complete(run.NowNanoseconds);
        return new Scene(settings, run.Outcome, [.. payload.Delivered], run.Mistakes ?? new LabMistakes(), ladder, hash.Value);
    }

    private sealed record Scene(
        LabSettings Settings, LabOutcome Outcome, int[] Delivered, LabMistakes Mistakes, CollectedLadder Ladder, ulong Hash);
}

using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;

namespace Aldis.Lab.Tests.Ladder;

/// <summary>Runs an experiment for its moments.</summary>
internal static class LadderRun
{
    /// <summary>All moments in order.</summary>
    /// <param name="settings">The experiment; it must come to its end.</param>
    public static List<LadderMoment> Moments(LabSettings settings)
    {
        var collected = new CollectedLadder();
        var builder = new LadderBuilder(LadderView.Everything, settings.FrameSize, collected, SequenceNumbers.Of(settings)?.Count ?? 0);
        var run = new LabRun(settings, new PatternPayload(), builder);
        Assert.Equal(LabOutcome.Finished, run.Run());
        builder.Complete(run.NowNanoseconds);
        return LadderMoments.Of(collected.Steps);
    }
}

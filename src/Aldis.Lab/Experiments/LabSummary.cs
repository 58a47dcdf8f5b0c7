namespace Aldis.Lab.Experiments;

/// <summary>A finished run in numbers.</summary>
public sealed record LabSummary
{
    private const double NsPerSecond = 1e9;

    /// <summary>The experiment.</summary>
    public required LabSettings Settings { get; init; }

    /// <summary>How it ended.</summary>
    public required LabOutcome Outcome { get; init; }

    /// <summary>What was counted.</summary>
    public required LabTally Tally { get; init; }

    /// <summary>What the closed form says.</summary>
    public required LabTheory Theory { get; init; }

    /// <summary>Payload bytes acknowledged.</summary>
    public required long AcknowledgedBytes { get; init; }

    /// <summary>From the start of the first frame to the last acknowledgement, in nanoseconds.</summary>
    public required long ElapsedNanoseconds { get; init; }

    /// <summary>Payload bytes that reached the receiver's application.</summary>
    internal long DeliveredBytes { get; init; }

    /// <summary>What was taken for something else; null where numbers are as long as they need to be.</summary>
    internal LabMistakes? Mistakes { get; init; }

    /// <summary>Payload bits per second.</summary>
    public double Goodput => ElapsedNanoseconds == 0 ? 0 : AcknowledgedBytes * 8 / (ElapsedNanoseconds / NsPerSecond);

    /// <summary>Payload bits / (time × rate), from 0 to 1.</summary>
    public double Efficiency => Goodput / Settings.BitsPerSecond;

    /// <summary>Measured over predicted efficiency; null if nothing was predicted.</summary>
    public double? Ratio => Theory.Efficiency > 0 ? Efficiency / Theory.Efficiency : null;

    /// <summary>Sums a run up.</summary>
    /// <param name="settings">The experiment.</param>
    /// <param name="run">The run, ended.</param>
    /// <returns>Its numbers.</returns>
    public static LabSummary Of(LabSettings settings, LabRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new LabSummary
        {
            Settings = settings,
            Outcome = run.Outcome,
            Tally = run.Tally,
            Theory = LabTheory.For(settings),
            AcknowledgedBytes = run.AcknowledgedBytes,
            ElapsedNanoseconds = run.ElapsedNanoseconds,
            DeliveredBytes = run.DeliveredBytes,
            Mistakes = run.Mistakes,
        };
    }
}

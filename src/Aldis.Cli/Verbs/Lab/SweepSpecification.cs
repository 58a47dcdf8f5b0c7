using Aldis.Lab.Experiments;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>Reads what <c>--sweep</c> takes: <c>loss=0..30%</c>, <c>window=1..64</c>, <c>delay=1..500ms</c>,
/// <c>frame-size=64..8K</c>.</summary>
internal static class SweepSpecification
{
    private const double NsPerTick = 100;

    /// <summary>Makes the sweep.</summary>
    /// <param name="text">The specification.</param>
    /// <param name="basis">What stays the same.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public static LabSweep Read(string text, LabSettings basis)
    {
        string[] parts = text.Split('=', 2);
        string[] ends = parts.Length == 2 ? parts[1].Split("..", 2) : [];
        if (ends.Length != 2)
        {
            throw Refusal(text);
        }

        (SweepParameter parameter, Func<string, double?> read) = parts[0] switch
        {
            "loss" => (SweepParameter.Loss, (Func<string, double?>)Share),
            "window" => (SweepParameter.Window, Whole),
            "delay" => (SweepParameter.Delay, Nanoseconds),
            "frame-size" => (SweepParameter.FrameSize, Whole),
            _ => throw Refusal(text),
        };
        bool sharesUnit = parameter is SweepParameter.Loss or SweepParameter.Delay;
        double? from = read(sharesUnit ? WithUnitOf(ends[1], ends[0]) : ends[0]);
        double? to = read(ends[1]);
        if (from is null || to is null)
        {
            throw Refusal(text);
        }

        var sweep = new LabSweep { Basis = basis, Parameter = parameter, From = from.Value, To = to.Value };
        try
        {
            sweep.Validate();
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new UsageException(
                $"--sweep {text} goes beyond what can be swept: loss 0 to 90%, window 1 to 65536, delay 0 to 1h, frame-size 1 to 65479, "
                + "upwards.");
        }

        return sweep;
    }

    private static UsageException Refusal(string text) => new(
        $"--sweep takes loss=0..30%, window=1..64, delay=1..500ms or frame-size=64..8K, not '{text}'.");

    /// <summary>In <c>5..30%</c> the 5 is a percentage too.</summary>
    private static string WithUnitOf(string other, string number)
    {
        bool hasNone = number.Length > 0 && char.IsAsciiDigit(number[^1]);
        return hasNone ? number + other.AsSpan(other.AsSpan().LastIndexOfAnyInRange('0', '9') + 1).ToString() : number;
    }

    private static double? Share(string text) => Quantity.TryParsePercentage(text, out double share) ? share : null;

    private static double? Whole(string text) => Quantity.TryParseSize(text, out int number) ? number : null;

    private static double? Nanoseconds(string text) =>
        Quantity.TryParseDuration(text, out TimeSpan time) ? time.Ticks * NsPerTick : null;
}

using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Drawings;

/// <summary>The parameter of a sweep in words, with its unit.</summary>
internal static class SweepWords
{
    private const double NsPerMillisecond = 1e6;

    /// <summary>As <c>--sweep</c> and JSON name it.</summary>
    public static string Name(SweepParameter parameter) => KebabName.Of(parameter);

    /// <summary>The title of its axis.</summary>
    public static string Axis(LabSweep sweep) => sweep.Parameter switch
    {
        SweepParameter.Loss when sweep.Basis.AcknowledgementLoss is null => "loss of frames and of acknowledgements, %",
        SweepParameter.Loss => "loss of frames, %",
        SweepParameter.Window => "window, frames (stop-and-wait: always 1)",
        SweepParameter.Delay => "delay one way, ms",
        _ => "payload of a frame, bytes",
    };

    /// <summary>A value in the unit of the axis: percent, frames, milliseconds, bytes.</summary>
    public static double InAxisUnit(SweepParameter parameter, double value) => parameter switch
    {
        SweepParameter.Loss => value * 100,
        SweepParameter.Delay => value / NsPerMillisecond,
        _ => value,
    };

    /// <summary>A value with its unit.</summary>
    public static string Value(SweepParameter parameter, double value) => parameter switch
    {
        SweepParameter.Loss => Quantity.Percentage(Math.Round(value, 6)),
        SweepParameter.Delay => LabWords.Seconds(value / 1e9),
        _ => value.ToString("#,##0", CultureInfo.InvariantCulture),
    };

    /// <summary>What stays the same, in a line.</summary>
    public static string Same(LabSweep sweep)
    {
        LabSettings basis = sweep.Basis;
        return Text($"{basis.Frames:#,##0} frames at each point, seed {basis.Seed}; ") + string.Join(", ", Link(sweep, basis));
    }

    private static IEnumerable<string> Link(LabSweep sweep, LabSettings basis)
    {
        yield return Quantity.Rate(basis.BitsPerSecond);
        if (sweep.Parameter != SweepParameter.Delay)
        {
            yield return $"{LabWords.Seconds(basis.DelayNanoseconds / 1e9)} one way";
        }

        if (sweep.Parameter != SweepParameter.Loss)
        {
            yield return basis.ReplyLoss == basis.Loss
                ? $"loss {Quantity.Percentage(basis.Loss)} of frames and ACKs"
                : $"loss {Quantity.Percentage(basis.Loss)} of frames, {Quantity.Percentage(basis.ReplyLoss)} of ACKs";
        }
        else if (basis.AcknowledgementLoss is double share)
        {
            yield return $"loss {Quantity.Percentage(share)} of ACKs";
        }

        if (sweep.Parameter != SweepParameter.FrameSize)
        {
            yield return Text($"frames of {basis.FrameSize:#,##0} bytes");
        }

        if (sweep.Parameter != SweepParameter.Window)
        {
            yield return Text($"window {basis.WindowFrames:#,##0} (stop-and-wait: 1)");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

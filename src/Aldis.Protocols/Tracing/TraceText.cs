using System.Globalization;
using System.Text;

namespace Aldis.Protocols.Tracing;

/// <summary>Turns events into lines for people. The lines are for reading, not for parsing.</summary>
internal static class TraceText
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>One event as one line: time in ms, side, kind, cause and the numbers that apply.</summary>
    /// <param name="traceEvent">What to show.</param>
    /// <returns>The line, without a line break.</returns>
    public static string Format(in TraceEvent traceEvent)
    {
        var line = new StringBuilder(128);
        line.Append(CultureInfo.InvariantCulture, $"{traceEvent.TimeNanoseconds / NanosecondsPerMillisecond,14:F6} ms ");
        line.Append(CultureInfo.InvariantCulture, $"{traceEvent.Side,-12} {traceEvent.Kind,-23}");
        if (traceEvent.Cause != TraceCause.None)
        {
            line.Append(' ').Append(traceEvent.Cause);
        }

        AppendIfApplicable(line, " pn=", traceEvent.PacketNumber);
        AppendIfApplicable(line, " replaces=", traceEvent.ReplacedPacketNumber);
        AppendIfApplicable(line, " off=", traceEvent.Offset);
        AppendIfApplicable(line, " frame=", traceEvent.FrameIndex);
        line.Append(CultureInfo.InvariantCulture, $" len={traceEvent.Length}");
        if (traceEvent.Value != 0 || traceEvent.SecondValue != 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" value={traceEvent.Value} second={traceEvent.SecondValue}");
        }

        return line.ToString();
    }

    private static void AppendIfApplicable(StringBuilder line, string label, long number)
    {
        if (number != TraceEvent.NotApplicable)
        {
            line.Append(label).Append(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}

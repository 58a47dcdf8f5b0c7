using System.Text.Json;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>A step of a ladder as the properties of a JSON object. Times are nanoseconds from the first frame on.</summary>
internal static class LadderJson
{
    /// <summary>The name of the event that a step is.</summary>
    /// <param name="kind">The kind of step.</param>
    public static string NameOf(LadderStepKind kind) => kind switch
    {
        LadderStepKind.Frame => "frame",
        LadderStepKind.Acknowledgement => "ack",
        LadderStepKind.Probe => "probe",
        LadderStepKind.Control => "control",
        LadderStepKind.TimerFired => "timer",
        LadderStepKind.WronglyGivenUp => "spurious",
        LadderStepKind.DamagedArrival => "damaged",
        _ => "ended",
    };

    /// <summary>Adds the properties of a step to the open object.</summary>
    /// <param name="writer">Has an object open.</param>
    /// <param name="step">The step.</param>
    public static void Write(Utf8JsonWriter writer, LadderStep step)
    {
        writer.WriteNumber("time_ns"u8, step.TimeNanoseconds);
        writer.WriteString("side"u8, step.Side == TraceSide.Client ? "sender"u8 : "receiver"u8);
        WriteIfKnown(writer, "frame"u8, step.Kind == LadderStepKind.Acknowledgement ? step.AnsweredFrame : step.Frame);
        if (step.Kind == LadderStepKind.Frame)
        {
            writer.WriteNumber("offset"u8, step.Offset);
            writer.WriteNumber("length"u8, step.Length);
            writer.WriteNumber("transmission"u8, step.Transmission);
        }

        WriteIfKnown(writer, "packet"u8, step.PacketNumber);
        WriteIfKnown(writer, "serial"u8, step.Serial);
        if (step.IsLinkCopy)
        {
            writer.WriteBoolean("copy"u8, true);
        }

        if (step.Cause != TraceCause.None)
        {
            writer.WriteString("cause"u8, KebabName.Of(step.Cause));
        }

        if (step.ReplacedPacketNumber >= 0)
        {
            writer.WriteNumber("replaces"u8, step.ReplacedPacketNumber);
            writer.WriteString("replaced"u8, KebabName.Of(step.ReplacedFate));
        }

        if (step.IsArrow)
        {
            WriteEnd(writer, step);
        }
    }

    private static void WriteEnd(Utf8JsonWriter writer, LadderStep step)
    {
        writer.WriteString("fate"u8, KebabName.Of(step.Fate));
        WriteIfKnown(writer, "arrival_ns"u8, step.ArrivalNanoseconds);
        if (step.Reception != LadderReception.None)
        {
            writer.WriteString("reception"u8, KebabName.Of(step.Reception));
        }

        WriteIfKnown(writer, "next"u8, step.NextFrame);
        WriteIfKnown(writer, "window"u8, step.WindowStart);
    }

    private static void WriteIfKnown(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long number)
    {
        if (number >= 0)
        {
            writer.WriteNumber(name, number);
        }
    }
}

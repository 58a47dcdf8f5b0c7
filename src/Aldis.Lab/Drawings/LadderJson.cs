using System.Text.Json;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>A moment of a ladder as the properties of a JSON object. Times are nanoseconds from the first frame on.</summary>
internal static class LadderJson
{
    /// <summary>The name of the event that a moment of a step is.</summary>
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

    /// <summary>Adds the properties of a moment to the open object: what is known in it, and nothing that comes later.</summary>
    /// <param name="writer">Has an object open.</param>
    /// <param name="moment">The moment.</param>
    public static void Write(Utf8JsonWriter writer, LadderMoment moment)
    {
        LadderStep step = moment.Step;
        writer.WriteNumber("time_ns"u8, moment.TimeNanoseconds);
        if (step.IsArrow)
        {
            writer.WriteString("step"u8, KebabName.Of(moment.Kind));
        }

        writer.WriteString("side"u8, SideOf(moment));
        WriteIfKnown(writer, "frame"u8, step.Kind == LadderStepKind.Acknowledgement ? step.AnsweredFrame : step.Frame);
        WriteIfKnown(writer, "number"u8, step.Number);
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

        switch (moment.Kind)
        {
            case LadderMomentKind.Departure:
                WriteDeparture(writer, step);
                break;
            case LadderMomentKind.Loss:
                WriteCause(writer, step.FateCause);
                break;
            case LadderMomentKind.Arrival:
                WriteArrival(writer, step);
                break;
            default:
                WriteCause(writer, step.Cause);
                break;
        }
    }

    private static string SideOf(LadderMoment moment) => moment.Side switch
    {
        TraceSide.Client => "sender",
        TraceSide.Server => "receiver",
        _ => "link",
    };

    private static void WriteDeparture(Utf8JsonWriter writer, LadderStep step)
    {
        WriteCause(writer, step.Cause);
        if (step.ReplacedPacketNumber >= 0)
        {
            writer.WriteNumber("replaces"u8, step.ReplacedPacketNumber);
            writer.WriteString("replaced"u8, KebabName.Of(step.ReplacedFate));
        }

        if (step.Kind == LadderStepKind.Acknowledgement)
        {
            WriteIfKnown(writer, "next"u8, step.NextFrame);
        }
        else
        {
            WriteIfKnown(writer, "window"u8, step.WindowStart);
        }
    }

    private static void WriteArrival(Utf8JsonWriter writer, LadderStep step)
    {
        WriteIfKnown(writer, "departure_ns"u8, step.DepartureNanoseconds);
        writer.WriteString("fate"u8, KebabName.Of(step.Fate));
        WriteCause(writer, step.FateCause);
        if (step.Reception != LadderReception.None)
        {
            writer.WriteString("reception"u8, KebabName.Of(step.Reception));
        }

        WriteIfKnown(writer, "taken_for"u8, step.TakenFor);
        WriteIfKnown(writer, "next"u8, step.NextFrame);
        if (step.Kind == LadderStepKind.Acknowledgement)
        {
            WriteIfKnown(writer, "window"u8, step.WindowStart);
        }
    }

    private static void WriteCause(Utf8JsonWriter writer, TraceCause cause)
    {
        if (cause != TraceCause.None)
        {
            writer.WriteString("cause"u8, KebabName.Of(cause));
        }
    }

    private static void WriteIfKnown(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long number)
    {
        if (number >= 0)
        {
            writer.WriteNumber(name, number);
        }
    }
}

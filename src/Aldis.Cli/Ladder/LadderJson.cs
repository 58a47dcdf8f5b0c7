using System.Buffers;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Cli.Ladder;

/// <summary>A ladder as one JSON object for each step. Times are nanoseconds from the first frame on.</summary>
internal sealed class LadderJson(Stream output) : ILadderOutput
{
    private const int FlushFrom = 32 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(2 * FlushFrom);

    /// <inheritdoc/>
    public void Take(LadderStep step) => Write(NameOf(step.Kind), writer => WriteStep(writer, step));

    /// <summary>Writes an object that begins with <c>"event"</c>.</summary>
    public void Write(string name, Action<Utf8JsonWriter> properties)
    {
        using (var writer = new Utf8JsonWriter(_lines))
        {
            writer.WriteStartObject();
            writer.WriteString("event"u8, name);
            properties(writer);
            writer.WriteEndObject();
        }

        _lines.Write("\n"u8);
        if (_lines.WrittenCount >= FlushFrom)
        {
            Flush();
        }
    }

    /// <summary>Hands over what is buffered.</summary>
    public void Flush()
    {
        DataOutput.Write(output, _lines.WrittenSpan);
        _lines.ResetWrittenCount();
    }

    private static string NameOf(LadderStepKind kind) => kind switch
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

    private static void WriteStep(Utf8JsonWriter writer, LadderStep step)
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
            WriteName(writer, "cause"u8, step.Cause.ToString());
        }

        if (step.ReplacedPacketNumber >= 0)
        {
            writer.WriteNumber("replaces"u8, step.ReplacedPacketNumber);
            WriteName(writer, "replaced"u8, step.ReplacedFate.ToString());
        }

        if (step.IsArrow)
        {
            WriteEnd(writer, step);
        }
    }

    private static void WriteEnd(Utf8JsonWriter writer, LadderStep step)
    {
        WriteName(writer, "fate"u8, step.Fate.ToString());
        WriteIfKnown(writer, "arrival_ns"u8, step.ArrivalNanoseconds);
        if (step.Reception != LadderReception.None)
        {
            WriteName(writer, "reception"u8, step.Reception.ToString());
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

    /// <summary>A name of the program as one of the data: <c>AcknowledgementLost</c> is <c>acknowledgement-lost</c>.</summary>
    private static void WriteName(Utf8JsonWriter writer, ReadOnlySpan<byte> property, string name) =>
        writer.WriteString(property, JsonNamingPolicy.KebabCaseLower.ConvertName(name));
}

using System.Buffers;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Ladder;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>A ladder on standard output, one JSON object for each step, many in one write.</summary>
internal sealed class LadderEvents(Stream output) : ILadderOutput
{
    private const int FlushFrom = 32 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(2 * FlushFrom);

    /// <inheritdoc/>
    public void Take(LadderStep step) => Write(LadderJson.NameOf(step.Kind), writer => LadderJson.Write(writer, step));

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
}

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Aldis.Cli.Terminal;

/// <summary>
/// NDJSON: one object per line, each beginning with <c>"event"</c>, written whole and flushed, so that a reader never sees half a line.
/// Safe to call from several threads.
/// </summary>
internal sealed class JsonEvents(Stream output)
{
    // Text stays readable for people; a line of JSON is not HTML, and control characters are escaped in any case.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Writes one event.</summary>
    /// <param name="name">The value of <c>"event"</c>.</param>
    /// <param name="properties">Adds the other properties to the open object.</param>
    public void Write(string name, Action<Utf8JsonWriter>? properties = null)
    {
        lock (_lock)
        {
            _line.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(_line, Options))
            {
                writer.WriteStartObject();
                writer.WriteString("event", name);
                properties?.Invoke(writer);
                writer.WriteEndObject();
            }

            _line.Write("\n"u8);
            DataOutput.Write(output, _line.WrittenSpan);
        }
    }
}

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Aldis.Cli.Terminal;

/// <summary>
/// NDJSON: one object per line, each beginning with <c>"event"</c>, written whole and flushed, so that a reader never sees half a line.
/// Safe to call from several threads.
/// </summary>
/// <param name="output">Standard output.</param>
/// <param name="isForgiving">Whether the verb goes on where events cannot be written any more, and only ends differently.</param>
internal sealed class JsonEvents(Stream output, bool isForgiving = false)
{
    // Text stays readable for people; a line of JSON is not HTML, and control characters are escaped in any case.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private bool _isGone;

    /// <summary>Writes one event.</summary>
    /// <param name="name">The value of <c>"event"</c>.</param>
    /// <param name="properties">Adds the other properties to the open object.</param>
    /// <exception cref="OutputFailedException">It cannot be written any more, and the verb does not go on without.</exception>
    public void Write(string name, Action<Utf8JsonWriter>? properties = null)
    {
        lock (_lock)
        {
            if (_isGone)
            {
                return;
            }

            _line.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(_line, Options))
            {
                writer.WriteStartObject();
                writer.WriteString("event", name);
                properties?.Invoke(writer);
                writer.WriteEndObject();
            }

            _line.Write("\n"u8);
            try
            {
                DataOutput.Write(output, _line.WrittenSpan);
            }
            catch (OutputFailedException) when (isForgiving)
            {
                _isGone = true;
            }
        }
    }
}

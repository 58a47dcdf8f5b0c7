using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Aldis.Protocols.Text;

/// <summary>
/// NDJSON as Aldis writes it (docs/events.md): one object on each line, which begins with <c>"event"</c>. Collects whole lines; whoever
/// owns it hands them on. Not thread-safe.
/// </summary>
internal sealed class NdjsonBuffer
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    // Text stays readable for people; a line of JSON is not HTML, and control characters are escaped in any case.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _lines = new(4096);

    /// <summary>The lines, each with its end; valid until the next change.</summary>
    public ReadOnlySpan<byte> Written => _lines.WrittenSpan;

    /// <summary>A time as every event writes it: RFC 3339, UTC, seven digits of a second, so that it sorts as text.</summary>
    /// <param name="time">The time.</param>
    /// <returns>For example <c>2026-05-01T06:00:00.1234567Z</c>.</returns>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>Adds an event.</summary>
    /// <param name="name">The value of <c>"event"</c>.</param>
    /// <param name="properties">Adds the other properties to the open object; must not keep the writer.</param>
    public void Append(string name, Action<Utf8JsonWriter>? properties)
    {
        using (var writer = new Utf8JsonWriter(_lines, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("event"u8, name);
            properties?.Invoke(writer);
            writer.WriteEndObject();
        }

        _lines.Write("\n"u8);
    }

    /// <summary>Forgets the lines.</summary>
    public void Clear() => _lines.ResetWrittenCount();
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Microsoft.Extensions.Logging;

namespace Aldis.Cli.Logging;

/// <summary>
/// Writes what a server says as records of a log, one on each line: its events under the names of docs/events.md, without any payload, what
/// its transports log, and its words to people. Whatever came from the network is escaped: beyond ASCII in JSON, and control characters
/// everywhere. Thread-safe.
/// </summary>
/// <param name="format">How records are written.</param>
/// <param name="levels">Which are.</param>
/// <param name="output">Where to.</param>
/// <param name="time">The clock.</param>
internal sealed class ServerLog(LogFormat format, LogLevels levels, TextWriter output, TimeProvider time)
{
    /// <summary>The category of what the command itself says.</summary>
    public const string Command = LogLevels.Ours + "Command";

    /// <summary>Where records go.</summary>
    public TextWriter Output => output;

    /// <summary>Adds the record of an event.</summary>
    /// <param name="what">The event.</param>
    /// <param name="lines">Takes the line; nothing is added for one that is not logged.</param>
    public void Append(in ServiceEvent what, TextWriter lines)
    {
        string category = EventLevels.CategoryOf(what.Service);
        LogLevel level = EventLevels.Of(what.Kind);
        if (levels.IsEnabled(category, level))
        {
            ServiceEvent logged = what;
            lines.WriteLine(Record(what.Time, level, category, ServiceEventJson.NameOf(what), writer =>
                ServiceEventJson.Write(writer, logged, showPayload: false)));
        }
    }

    /// <summary>The record that stands where events were lost on their way here.</summary>
    /// <param name="count">How many.</param>
    public string Missed(long count) =>
        Record(time.GetUtcNow(), LogLevel.Warning, Command, "dropped", writer => writer.WriteNumber("count", count));

    /// <summary>Writes a record with a message.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="category">Its category.</param>
    /// <param name="message">The message.</param>
    public void Write(LogLevel level, string category, string message)
    {
        if (levels.IsEnabled(category, level))
        {
            output.WriteLine(Record(time.GetUtcNow(), level, category, "log", writer => writer.WriteString("message", message)));
        }
    }

    /// <summary>Whether a record is written.</summary>
    /// <inheritdoc cref="LogLevels.IsEnabled" path="/param"/>
    public bool IsEnabled(LogLevel level, string category) => levels.IsEnabled(category, level);

    private string Record(DateTimeOffset at, LogLevel level, string category, string name, Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("event", name);
            writer.WriteString("level", NameOf(level));
            writer.WriteString("category", category);
            if (name is "log" or "dropped")
            {
                writer.WriteString("time", NdjsonBuffer.Format(at));
            }

            properties(writer);
            writer.WriteEndObject();
        }

        return format == LogFormat.Json
            ? Encoding.UTF8.GetString(buffer.WrittenSpan)
            : Text(buffer.WrittenSpan, string.Create(CultureInfo.InvariantCulture, $"{NdjsonBuffer.Format(at)} {NameOf(level)} {category} {name}"));
    }

    private static string NameOf(LogLevel level) => level.ToString().ToLowerInvariant();

    /// <summary>The same as names and values behind the beginning of the line; a value that is no word is quoted as JSON quotes it.</summary>
    private static string Text(ReadOnlySpan<byte> json, string beginning)
    {
        var line = new StringBuilder(beginning);
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            bool isSaid = reader.ValueTextEquals("event"u8) || reader.ValueTextEquals("level"u8) || reader.ValueTextEquals("category"u8)
                || reader.ValueTextEquals("time"u8);
            string name = reader.GetString()!;
            reader.Read();
            string value = reader.TokenType == JsonTokenType.String ? Escape(reader.GetString()!) : Encoding.UTF8.GetString(reader.ValueSpan);
            if (!isSaid)
            {
                line.Append(' ').Append(name).Append('=').Append(IsWord(value) ? value : $"\"{value}\"");
            }
        }

        return line.ToString();
    }

    /// <summary>As JSON does it, but for what a page of HTML would need: apostrophes are read as they stand.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char letter in text)
        {
            _ = letter is '"' or '\\' ? escaped.Append('\\').Append(letter)
                : letter is >= ' ' and <= '~' ? escaped.Append(letter)
                : escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
        }

        return escaped.ToString();
    }

    private static bool IsWord(string value) => value.Length > 0 && !value.AsSpan().ContainsAny(" =\\");
}

using System.Text.Json;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Events on standard output, in the one form of docs/events.md: whole lines, written and flushed, so that a reader never sees half of
/// one. Safe to call from several threads.
/// </summary>
/// <param name="output">Standard output.</param>
/// <param name="isForgiving">Whether the verb goes on where events cannot be written any more, and only ends differently.</param>
/// <param name="clock">Gives events their <c>time</c>; null where the output must be the same each time.</param>
internal sealed class JsonEvents(Stream output, bool isForgiving = false, TimeProvider? clock = null)
{
    private readonly Lock _lock = new();
    private readonly NdjsonBuffer _lines = new();
    private bool _isGone;

    /// <summary>
    /// Bytes of events that may wait for more, for verbs that print many at once; 0, the default, writes each at once. Whoever sets it
    /// calls <see cref="Flush"/> where a reader waits; at the end of the verb that is done for it.
    /// </summary>
    public int HeldBytes { get; set; }

    /// <summary>Writes an event that happens now.</summary>
    /// <param name="name">The value of <c>"event"</c>.</param>
    /// <param name="properties">Adds the other properties to the open object.</param>
    /// <exception cref="OutputFailedException">It cannot be written any more, and the verb does not go on without.</exception>
    public void Write(string name, Action<Utf8JsonWriter>? properties = null) => Append(name, writer =>
    {
        if (clock is not null)
        {
            writer.WriteString("time"u8, NdjsonBuffer.Format(clock.GetUtcNow()));
        }

        properties?.Invoke(writer);
    });

    /// <summary>Writes an event with the time and number that it has.</summary>
    /// <param name="what">The event.</param>
    /// <param name="showPayload">Whether it carries text.</param>
    /// <inheritdoc cref="Write(string, Action{Utf8JsonWriter}?)" path="/exception"/>
    public void Write(ServiceEvent what, bool showPayload) =>
        Append(ServiceEventJson.NameOf(what), writer => ServiceEventJson.Write(writer, what, showPayload));

    /// <summary>Writes a message of a journal, whose time is that of its receipt.</summary>
    /// <param name="message">The message.</param>
    /// <inheritdoc cref="Write(string, Action{Utf8JsonWriter}?)" path="/exception"/>
    public void Write(JournalMessage message) => Append("message", writer => JournalMessageJson.Write(writer, message));

    /// <summary>Writes what is held.</summary>
    /// <inheritdoc cref="Write(string, Action{Utf8JsonWriter}?)" path="/exception"/>
    public void Flush()
    {
        lock (_lock)
        {
            if (_lines.Written.IsEmpty)
            {
                return;
            }

            try
            {
                DataOutput.Write(output, _lines.Written);
            }
            catch (OutputFailedException) when (isForgiving)
            {
                _isGone = true;
            }
            finally
            {
                _lines.Clear();
            }
        }
    }

    private void Append(string name, Action<Utf8JsonWriter>? properties)
    {
        lock (_lock)
        {
            if (_isGone)
            {
                return;
            }

            _lines.Append(name, properties);
            if (_lines.Written.Length >= HeldBytes)
            {
                Flush();
            }
        }
    }
}

using System.Text.Json;
using System.Text.Unicode;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;

namespace Aldis.Services.Events;

/// <summary>A stored message as the JSON object <c>message</c> of docs/events.md, with its exact payload.</summary>
internal static class JournalMessageJson
{
    /// <summary>Adds the properties of a message to the open object: all but its name.</summary>
    /// <param name="writer">Has an object open.</param>
    /// <param name="message">The message.</param>
    public static void Write(Utf8JsonWriter writer, JournalMessage message)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(message);
        writer.WriteNumber("seq"u8, message.Sequence);
        writer.WriteString("client"u8, message.Client);
        writer.WriteString("time"u8, NdjsonBuffer.Format(message.ReceivedAt));
        writer.WriteString("from"u8, message.From);
        if (Utf8.IsValid(message.Payload.Span))
        {
            writer.WriteString("text"u8, message.Payload.Span);
        }
        else
        {
            writer.WriteBase64String("base64"u8, message.Payload.Span);
        }
    }
}

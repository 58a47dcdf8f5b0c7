using System.Globalization;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;

namespace Aldis.Services.Events;

/// <summary>A stored message as a record of a spreadsheet (RFC 4180), with its exact payload.</summary>
internal static class JournalMessageCsv
{
    /// <summary>The first line.</summary>
    public const string Header = "time,client,seq,from,text,base64\r\n";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="time">When it was received, as it is to be shown.</param>
    /// <param name="isForTerminal">Whether control characters are escaped: a terminal must not obey a peer; a file gets the text as it is.</param>
    /// <returns>One record with its end.</returns>
    public static string Write(JournalMessage message, string time, bool isForTerminal = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        string? text = Decode(message.Payload.Span);
        string base64 = text is null ? Convert.ToBase64String(message.Payload.Span) : string.Empty;
        if (isForTerminal && text is not null)
        {
            text = PrintableText.Escape(text);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{time},{Quoted(message.Client)},{message.Sequence},{Quoted(message.From)},{Quoted(text ?? string.Empty)},{base64}\r\n");
    }

    private static string? Decode(ReadOnlySpan<byte> payload)
    {
        try
        {
            return Strict.GetString(payload);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>RFC 4180 section 2, rules 6 and 7.</summary>
    private static string Quoted(string field) => field.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : field;
}

using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Log;

/// <summary>How <c>aldis log</c> writes a message for people and for spreadsheets.</summary>
internal sealed record LogForm
{
    /// <summary>The first line of <see cref="IsCsv"/>.</summary>
    public const string CsvHeader = "time,client,seq,from,text,base64\r\n";

    private const int Indent = 4;

    // Below it a wrapped line would have no room beside its indent.
    private const int LeastColumns = 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The zone of the times that are shown; null for UTC, with a Z.</summary>
    public TimeZoneInfo? Zone { get; init; }

    /// <summary>Columns of the terminal, or null where there is none: a pager or a program reads whole lines.</summary>
    public int? Columns { get; init; }

    /// <summary>Whether the whole text is shown, over as many lines of a terminal as it takes.</summary>
    public bool IsFull { get; init; }

    /// <summary>Whether records of RFC 4180 are written.</summary>
    public bool IsCsv { get; init; }

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>One line or more, each with its end.</returns>
    public string Write(JournalMessage message) => IsCsv ? Record(message) : Lines(message);

    /// <summary>A time as it is shown.</summary>
    /// <param name="time">The time.</param>
    /// <returns>RFC 3339, with the offset of the zone or a Z.</returns>
    public string Time(DateTimeOffset time) => Zone is null
        ? NdjsonBuffer.Format(time)
        : time.ToOffset(Zone.GetUtcOffset(time)).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture);

    private string Lines(JournalMessage message)
    {
        string sender = message.Client.Length == 0
            ? "- -"
            : string.Create(CultureInfo.InvariantCulture, $"{message.Client} {message.Sequence}");
        ReadOnlySpan<byte> payload = message.Payload.Span;
        string text = IsFull
            ? PrintableText.Escape(payload, payload.Length, payload.Length)
            : PrintableText.Escape(payload[..Math.Min(payload.Length, PrintableText.DisplayLimitBytes)], payload.Length);
        string line = $"{Time(message.ReceivedAt)} {sender} {PrintableText.Escape(message.From)} {text}";
        if (Columns is not int columns)
        {
            return line + "\n";
        }

        int width = Math.Max(columns, LeastColumns);
        return IsFull
            ? string.Concat(TextColumns.Break(line, width, Indent).Select(static part => part + "\n"))
            : TextColumns.Cut(line, width) + "\n";
    }

    private string Record(JournalMessage message)
    {
        string? text = Decode(message.Payload.Span);
        string base64 = text is null ? Convert.ToBase64String(message.Payload.Span) : string.Empty;
        if (Columns is not null && text is not null)
        {
            // A terminal must not obey a peer; a file gets the text as it is.
            text = PrintableText.Escape(text);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Time(message.ReceivedAt)},{Quoted(message.Client)},{message.Sequence},{Quoted(message.From)},{Quoted(text ?? string.Empty)},{base64}\r\n");
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

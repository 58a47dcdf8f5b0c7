using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Cli.Verbs.Log;

/// <summary>How <c>aldis log</c> writes a message for people and for spreadsheets.</summary>
internal sealed record LogForm
{
    private const int Indent = 4;

    // Below it a wrapped line would have no room beside its indent.
    private const int LeastColumns = 20;

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
    public string Write(JournalMessage message) => IsCsv
        ? JournalMessageCsv.Write(message, Time(message.ReceivedAt), isForTerminal: Columns is not null)
        : Lines(message);

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
}

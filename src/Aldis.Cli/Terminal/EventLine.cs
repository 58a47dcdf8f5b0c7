using System.Globalization;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Cli.Terminal;

/// <summary>
/// An event as one line for a person: its time, the conversation, the client, the client's number of the message where it has one, and
/// what happened. What came from the network is escaped.
/// </summary>
/// <param name="columns">The width to which payload is cut; sentences are not, because they say what to mend.</param>
/// <param name="zone">Where the person is.</param>
/// <param name="isExact">Whether times have their date, milliseconds and offset.</param>
internal sealed class EventLine(int columns, TimeZoneInfo zone, bool isExact = false)
{
    /// <summary>Below this there is no room for columns that are empty.</summary>
    private const int NarrowColumns = 70;

    /// <summary>From here on addresses of IPv6 stand in a column too.</summary>
    private const int WideColumns = 120;

    /// <summary>The line of an event.</summary>
    /// <param name="what">The event.</param>
    /// <returns>Null for an event that somebody else shows.</returns>
    public string? Of(in ServiceEvent what) => what.Kind switch
    {
        ServiceEventKind.ConnectionOpened => Row(what, string.Create(CultureInfo.InvariantCulture, $"connected, {what.Active} open")),
        ServiceEventKind.ConnectionClosed => Row(
            what,
            string.Create(CultureInfo.InvariantCulture, $"closed, {what.Active} open")
                + (what.Detail is null ? string.Empty : ": " + DisplayLine.Reason(what))),
        ServiceEventKind.ConnectionRefused or ServiceEventKind.MessageRefused => Row(what, "refused: " + DisplayLine.Reason(what)),
        ServiceEventKind.FileRefused => Row(what, "file not stored: " + DisplayLine.Reason(what)),
        ServiceEventKind.DatagramRefused => Row(what, "datagram not answered: " + DisplayLine.Reason(what)),
        ServiceEventKind.FileReceived => Row(
            what, $"file {PrintableText.Escape(what.Detail ?? string.Empty)} stored, {Quantity.Bytes(what.Length)}"),
        ServiceEventKind.TextReceived or ServiceEventKind.GreetingReceived or ServiceEventKind.MessageReceived =>
            TextColumns.Cut(Row(what, "> " + DisplayLine.Payload(what)), columns),
        _ => Sentence(what),
    };

    /// <summary>The name of who did it: the client's id, or else its address. As it came.</summary>
    /// <param name="what">What was done.</param>
    public static string Who(in ServiceEvent what) => what.Client is { Length: > 0 } client ? client : what.Peer;

    /// <summary>A time of day where the person is.</summary>
    /// <param name="time">The time.</param>
    /// <param name="zone">Where that is.</param>
    public static string Clock(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private string Row(in ServiceEvent what, string text)
    {
        string number = what.Sequence == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"#{what.Sequence}");
        string who = PrintableText.Escape(Who(what));
        return columns < NarrowColumns
            ? string.Join(' ', new[] { Time(what), what.Service, who, number, text }.Where(static part => part.Length > 0))
            : $"{Time(what)} {what.Service,-8} {who.PadRight(columns < WideColumns ? 21 : 47)} {number,-5} {text}";
    }

    private string? Sentence(in ServiceEvent what)
    {
        using var sentence = new StringWriter { NewLine = string.Empty };
        DisplayLine.Append(what, sentence);
        string text = sentence.ToString();
        return text.Length == 0 ? null : $"{Time(what)} {text}";
    }

    private string Time(in ServiceEvent what) => isExact
        ? TimeZoneInfo.ConvertTime(what.Time, zone).ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture)
        : Clock(what.Time, zone);
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Log;

/// <summary>How many messages there are of each client, for <c>--count</c>.</summary>
internal sealed class ClientCounts
{
    private readonly Dictionary<string, Count> _clients = new(StringComparer.Ordinal);

    /// <summary>Counts a message.</summary>
    public void Add(JournalMessage message)
    {
        if (!_clients.TryGetValue(message.Client, out Count? count))
        {
            _clients.Add(message.Client, count = new Count(message.ReceivedAt));
        }

        count.Messages++;
        count.Bytes += message.Payload.Length;
        count.Last = message.ReceivedAt;
    }

    /// <summary>Prints the table, or an object for each client.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="form">How times are shown.</param>
    /// <param name="events">Takes objects instead of the table; null for the table.</param>
    public void Print(VerbContext context, LogForm form, JsonEvents? events)
    {
        if (events is not null)
        {
            WriteEach(write => events.Write("count", write));
        }
        else
        {
            DataOutput.Write(context.Console.Output, Table(form));
        }
    }

    /// <summary>The table, most messages first, and a line for all of them.</summary>
    /// <param name="form">How times are shown.</param>
    public byte[] Table(LogForm form)
    {
        string[][] rows =
        [
            ["client", "messages", "bytes", "first", "last"],
            .. Ordered().Select(one => new[]
            {
                one.Key.Length == 0 ? "-" : one.Key,
                Whole(one.Value.Messages),
                Whole(one.Value.Bytes),
                form.Time(one.Value.First),
                form.Time(one.Value.Last),
            }),
            ["all", Whole(_clients.Values.Sum(static one => one.Messages)), Whole(_clients.Values.Sum(static one => one.Bytes)), "", ""],
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            // Numbers stand under each other.
            IEnumerable<string> cells = row.Select((cell, column) => column is 1 or 2 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>An object for each client.</summary>
    /// <param name="write">Takes each.</param>
    private void WriteEach(Action<Action<Utf8JsonWriter>> write)
    {
        foreach ((string client, Count count) in Ordered())
        {
            write(writer =>
            {
                writer.WriteString("client", client);
                writer.WriteNumber("messages", count.Messages);
                writer.WriteNumber("bytes", count.Bytes);
                writer.WriteString("first_time", NdjsonBuffer.Format(count.First));
                writer.WriteString("last_time", NdjsonBuffer.Format(count.Last));
            });
        }
    }

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<KeyValuePair<string, Count>> Ordered() =>
        _clients.OrderByDescending(static one => one.Value.Messages).ThenBy(static one => one.Key, StringComparer.Ordinal);

    private sealed class Count(DateTimeOffset first)
    {
        public DateTimeOffset First { get; } = first;

        public DateTimeOffset Last { get; set; }

        public long Messages { get; set; }

        public long Bytes { get; set; }
    }
}

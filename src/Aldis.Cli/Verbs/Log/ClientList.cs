using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Log;

/// <summary>The clients that are remembered, for <c>--clients</c>: a line or an object each.</summary>
/// <param name="form">How times are shown in lines.</param>
/// <param name="events">Takes objects instead of lines; null for lines.</param>
internal sealed class ClientList(LogForm form, JsonEvents? events)
{
    private readonly StringBuilder _lines = new();

    /// <summary>Adds a client.</summary>
    public void Add(ClientSummary client)
    {
        events?.Write("client", writer =>
        {
            writer.WriteString("client", client.Client);
            writer.WriteNumber("last", client.Last);
            writer.WriteNumber("messages", client.Messages);
            if (client.LastSeen is { } seen)
            {
                writer.WriteString("last_seen", NdjsonBuffer.Format(seen));
            }
        });
        string shown = client.LastSeen is { } time ? form.Time(time) : "-";
        _ = _lines.Append(CultureInfo.InvariantCulture, $"{shown} {client.Client} {client.Last} {client.Messages}\n");
    }

    /// <summary>Prints the lines.</summary>
    public void Print(VerbContext context)
    {
        if (events is null)
        {
            DataOutput.Write(context.Console.Output, Encoding.ASCII.GetBytes(_lines.ToString()));
        }
    }
}

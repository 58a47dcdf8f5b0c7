using System.Globalization;
using Aldis.Cli.Conversations;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Cli.Terminal;

/// <summary>
/// What a server shows a person: the lines the lab servers showed, with everything that came from the network escaped and cut to 200
/// characters.
/// </summary>
internal static class DisplayLine
{
    /// <summary>Writes the lines of an event.</summary>
    /// <param name="what">The event.</param>
    /// <param name="lines">Takes the lines; nothing is added for an event that is not shown.</param>
    public static void Append(in ServiceEvent what, TextWriter lines)
    {
        switch (what.Kind)
        {
            case ServiceEventKind.ConnectionOpened:
                string active = what.Active.ToString(CultureInfo.InvariantCulture);
                foreach (string line in KnownConversations.WordsOf(what.Service).Opened)
                {
                    lines.WriteLine(line
                        .Replace("{active}", active, StringComparison.Ordinal).Replace("{peer}", what.Peer, StringComparison.Ordinal));
                }

                break;
            case ServiceEventKind.ConnectionClosed when what.Detail is not null:
                lines.WriteLine($"Closed {what.Service} with {what.Peer}: {PrintableText.Escape(what.Detail)}");
                break;
            case ServiceEventKind.ConnectionRefused:
                lines.WriteLine($"Refused {what.Service} to {what.Peer}: {Reason(what)}");
                break;
            case ServiceEventKind.TextReceived:
                lines.WriteLine($"{KnownConversations.WordsOf(what.Service).Text}: {Payload(what)}");
                break;
            case ServiceEventKind.GreetingReceived:
                lines.WriteLine($"Client: {Payload(what)}");
                break;
            case ServiceEventKind.MessageReceived:
                lines.WriteLine($"[{what.Peer}] {Payload(what)}");
                break;
            case ServiceEventKind.MessageRefused:
                lines.WriteLine($"[{what.Peer}] refused: {Reason(what)}");
                break;
            case ServiceEventKind.FileReceived:
                lines.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"File received from {what.Peer}: {PrintableText.Escape(what.Detail ?? string.Empty)}, {what.Length} bytes"));
                break;
            case ServiceEventKind.FileRefused:
                lines.WriteLine($"File from {what.Peer} not stored: {Reason(what)}");
                break;
            case ServiceEventKind.DatagramRefused:
                lines.WriteLine($"Datagram from {what.Peer} not answered: {Reason(what)}");
                break;
            case ServiceEventKind.Fault when what.Cause == ServiceEventCause.StoreFailed:
                // The verb says it, with --quiet too.
                break;
            case ServiceEventKind.Fault when what.Service.Length == 0:
                lines.WriteLine($"Fault: {Reason(what)}");
                break;
            case ServiceEventKind.SegmentDeleted:
                lines.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Deleted {what.Length} bytes of the journal, {Reason(what)}"));
                break;
            case ServiceEventKind.ClientForgotten:
                lines.WriteLine($"Forgot client {what.Client}: {Reason(what)}");
                break;
            case ServiceEventKind.ClockJumped:
                lines.WriteLine($"The clock jumped: {Reason(what)}");
                break;
            case ServiceEventKind.Fault:
                string peer = what.Peer.Length == 0 ? string.Empty : $" with {what.Peer}";
                lines.WriteLine($"Fault in {what.Service}{peer}: {Reason(what)}");
                break;
            case ServiceEventKind.Reloaded:
                lines.WriteLine($"Reloaded: {Reason(what)}");
                break;
            case ServiceEventKind.ReloadRefused:
                lines.WriteLine($"Not reloaded: {Reason(what)}");
                break;
            case ServiceEventKind.CertificateExpires:
                lines.WriteLine($"Certificate: {Reason(what)}");
                break;
            case ServiceEventKind.StoreReady:
                lines.WriteLine($"The store is there: {Reason(what)}");
                break;
            case ServiceEventKind.StoreUnavailable:
                lines.WriteLine($"The store takes nothing for now: {Reason(what)}");
                break;
            case ServiceEventKind.TokenChanged:
                lines.WriteLine($"Token: {Reason(what)}, by {what.Peer}");
                break;
            case ServiceEventKind.ListenerFailed:
                lines.WriteLine($"The listener of {what.Service} died and is opened again: {Reason(what)}");
                break;
            case ServiceEventKind.ListenerReopened:
                lines.WriteLine($"The listener of {what.Service} is open again: {Reason(what)}");
                break;
            case ServiceEventKind.ListenerLost:
                lines.WriteLine($"The listener of {what.Service} could not be opened again: {Reason(what)}");
                break;
            default:
                break;
        }
    }

    /// <summary>What stands where events were lost on the way to a person.</summary>
    /// <param name="count">How many.</param>
    public static string Missed(long count) => $"({count} lines not shown: they came faster than they could be printed)";

    /// <summary>Why it happened, and how many more it stands for.</summary>
    public static string Reason(in ServiceEvent what) => PrintableText.Escape(what.Detail ?? string.Empty) + Further(what);

    private static string Further(in ServiceEvent what) =>
        what.Further == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" (and {what.Further} more like it)");

    /// <summary>The beginning of the payload, escaped.</summary>
    public static string Payload(in ServiceEvent what) => PrintableText.Escape(what.Payload.Span, what.Length);
}

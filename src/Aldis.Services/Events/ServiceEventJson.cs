using System.Text.Json;
using Aldis.Protocols.Text;

namespace Aldis.Services.Events;

/// <summary>A <see cref="ServiceEvent"/> as the JSON object of docs/events.md: the form that the command and every page print.</summary>
public static class ServiceEventJson
{
    /// <summary>The value of <c>"event"</c>.</summary>
    /// <param name="what">The event.</param>
    /// <returns>The kind, in lower case with hyphens.</returns>
    public static string NameOf(in ServiceEvent what) => KebabName.Of(what.Kind);

    /// <summary>Adds the properties of an event to the open object: all but its name.</summary>
    /// <param name="writer">Has an object open.</param>
    /// <param name="what">The event, numbered by its hub.</param>
    /// <param name="showPayload">Whether <c>text</c> is among them, where the event carries a payload.</param>
    public static void Write(Utf8JsonWriter writer, in ServiceEvent what, bool showPayload)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteString("time"u8, NdjsonBuffer.Format(what.Time));
        writer.WriteNumber("number"u8, what.Number);
        writer.WriteString("service"u8, what.Service);
        if (what.Peer.Length > 0)
        {
            writer.WriteString("peer"u8, what.Peer);
        }

        if (what.Connection != 0)
        {
            writer.WriteNumber("connection"u8, what.Connection);
        }

        if (what.Client is not null)
        {
            writer.WriteString("client"u8, what.Client);
        }

        if (what.Sequence != 0)
        {
            writer.WriteNumber("seq"u8, what.Sequence);
        }

        WriteSize(writer, what);
        if (showPayload && !what.Payload.IsEmpty)
        {
            writer.WriteString("text"u8, PrintableText.Escape(what.Payload.Span, what.Length));
        }

        if (what.Digest is not null)
        {
            writer.WriteString("digest"u8, what.Digest);
        }

        if (what.Further != 0)
        {
            writer.WriteNumber("further"u8, what.Further);
        }

        if (what.Cause != ServiceEventCause.None)
        {
            writer.WriteString("cause"u8, KebabName.Of(what.Cause));
        }

        if (what.Detail is not null)
        {
            writer.WriteString(what.Kind == ServiceEventKind.FileReceived ? "name"u8 : "reason"u8, what.Detail);
        }
    }

    private static void WriteSize(Utf8JsonWriter writer, in ServiceEvent what)
    {
        switch (what.Kind)
        {
            case ServiceEventKind.ConnectionOpened or ServiceEventKind.ConnectionClosed:
                writer.WriteNumber("active"u8, what.Active);
                if (what.Repeats != 0)
                {
                    writer.WriteNumber("repeats"u8, what.Repeats);
                }

                break;
            case ServiceEventKind.ConnectionRefused or ServiceEventKind.Fault or ServiceEventKind.ClockJumped
                or ServiceEventKind.ClientForgotten or ServiceEventKind.Reloaded or ServiceEventKind.ReloadRefused
                or ServiceEventKind.CertificateExpires or ServiceEventKind.StoreReady or ServiceEventKind.StoreUnavailable
                or ServiceEventKind.TokenChanged or ServiceEventKind.MessageAcknowledged
                or ServiceEventKind.ListenerFailed or ServiceEventKind.ListenerReopened or ServiceEventKind.ListenerLost:
                break;
            default:
                writer.WriteNumber("length"u8, what.Length);
                break;
        }
    }
}

using System.Buffers;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>Shows the text of a conversation without frames, read by read; a character split across two reads is shown once, whole.</summary>
/// <param name="served">The connection.</param>
internal sealed class TextFeed(ServedConnection served)
{
    private readonly WholeCharacters? _shown = served.Events.ShowsPayload ? new WholeCharacters() : null;

    /// <summary>Counts and publishes one read.</summary>
    /// <param name="received">What has arrived.</param>
    public void Publish(in ReadOnlySequence<byte> received)
    {
        served.CountMessage();
        if (served.Events.IsObservedOf(served.Id))
        {
            byte[] payload = _shown?.Take(received, PrintableText.DisplayLimitBytes) ?? [];
            served.Publish(ServiceEventKind.TextReceived, received.Length, payload);
        }
    }
}

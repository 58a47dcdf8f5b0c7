using Aldis.Protocols.Text;

namespace Aldis.Services.Events;

/// <summary>One thing that happened in a served conversation.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Service">The name of the conversation; empty for what lies below all of them.</param>
/// <param name="Peer">The client's address as text.</param>
public readonly record struct ServiceEvent(ServiceEventKind Kind, string Service, string Peer)
{
    /// <summary>The event's number in its <see cref="EventHub"/>, from 1 and without a gap; 0 where no hub took it yet.</summary>
    public long Number { get; init; }

    /// <summary>When the <see cref="EventHub"/> took it, UTC; the default where none did yet.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The number of the connection since the server started, from 1; 0 where there is none.</summary>
    public long Connection { get; init; }

    /// <summary>The id of the client, where it named one (<c>messages</c> in the native form); otherwise null.</summary>
    public string? Client { get; init; }

    /// <summary>The client's number of the message concerned, from 1; 0 where there is none.</summary>
    public long Sequence { get; init; }

    /// <summary>Payload bytes concerned.</summary>
    public long Length { get; init; }

    /// <summary>
    /// The beginning of the payload, raw, where <see cref="IServiceEvents.ShowsPayload"/> asked for it; never more than
    /// <see cref="Protocols.Text.PrintableText.DisplayLimitBytes"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Open connections of this service after the event, for <see cref="ServiceEventKind.ConnectionOpened"/> and its end.</summary>
    public int Active { get; init; }

    /// <summary>How many more of the same kind and reason this one stands for, which were not told; 0 for itself alone.</summary>
    public long Further { get; init; }

    /// <summary>Why it happened, where that is to be told.</summary>
    public ServiceEventCause Cause { get; init; }

    /// <summary>The name that belongs to the kind, or the reason in words; programs go by <see cref="Cause"/>.</summary>
    public string? Detail { get; init; }

    /// <summary>Of <see cref="ServiceEventKind.FileReceived"/>: the digest the file came with, as docs/protocols/files.md writes it; null
    /// where it came with none.</summary>
    public string? Digest { get; init; }

    /// <summary>Of a connection that ended: messages that came again, were acknowledged again and not stored.</summary>
    internal long Repeats { get; init; }

    /// <summary>Whether it is one of those that come with each message, read or datagram, as fast as clients send.</summary>
    public bool IsPerMessage => Kind is ServiceEventKind.TextReceived or ServiceEventKind.MessageReceived or ServiceEventKind.MessageAcknowledged;
}

using Aldis.Journal.Stores;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Hosting;

/// <summary>What is known of an open connection at one moment (<see cref="ConversationServer.Connections"/>).</summary>
public sealed record OpenConnection
{
    /// <summary>The connection's number since the server started, from 1; events carry it too.</summary>
    public required long Number { get; init; }

    /// <summary>The client's address as text.</summary>
    public required string Peer { get; init; }

    /// <summary>The id that the client named; null where it named none, or none yet.</summary>
    public required string? Client { get; init; }

    /// <summary>The name of the conversation.</summary>
    public required string Service { get; init; }

    /// <summary>What carries it.</summary>
    public required TransportScheme Transport { get; init; }

    /// <summary>Whether TLS protects it.</summary>
    public bool IsTls => Transport is TransportScheme.Tls or TransportScheme.ArqTls;

    /// <summary>When its conversation began, after TLS.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>When bytes moved last, to a second: the moment is noted when the server looks at its deadlines.</summary>
    public required DateTimeOffset LastActivityAt { get; init; }

    /// <summary>Bytes received so far, those of TLS included.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Bytes sent so far, those of TLS included; over <c>arq</c> without repetitions.</summary>
    public required long BytesSent { get; init; }

    /// <summary>
    /// Messages taken so far: of <c>messages</c>, whole ones; of <c>ack</c> and <c>exchange</c>, reads that were answered; of <c>files</c>,
    /// files stored; of <c>echo</c>, none.
    /// </summary>
    public required long Messages { get; init; }

    /// <summary>Messages that came again, were acknowledged again and not stored.</summary>
    internal long Repeats { get; init; }

    /// <summary>What it is at.</summary>
    internal ConnectionSituation Situation { get; init; }

    /// <summary>How long its messages waited for their acknowledgement; null where that is not known.</summary>
    internal IAcknowledgementTimes? AcknowledgementTimes { get; init; }
}

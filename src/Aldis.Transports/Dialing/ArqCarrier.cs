using System.Net;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Arq;

namespace Aldis.Transports.Dialing;

/// <summary>A connection of the reliable-datagram protocol.</summary>
internal sealed class ArqCarrier : ICarrier
{
    private readonly ArqStream _stream;

    private ArqCarrier(ArqStream stream, EndPoint server)
    {
        _stream = stream;
        RemoteEndPoint = server;
    }

    public Stream Stream => _stream;

    public EndPoint? RemoteEndPoint { get; }

    public long AcknowledgedBytes => _stream.AcknowledgedBytes;

    /// <summary>Connects.</summary>
    /// <exception cref="CommunicationException">Nobody listens there, the server refused, or it was silent.</exception>
    public static async Task<ICarrier> ConnectAsync(ArqEndPoint server, ITraceSink? trace, CancellationToken cancellationToken) =>
        new ArqCarrier(await ArqStream.ConnectAsync(server, trace, cancellationToken).ConfigureAwait(false), server.Udp);

    public long HeldBytes => _stream.HeldBytes;

    public long? PacketsRetransmitted => _stream.PacketsRetransmitted;

    public TimeSpan? NextRetransmission => _stream.NextRetransmission;

    public void FinishWriting() => _stream.FinishWriting();

    public void Abort() => _stream.Abort();
}

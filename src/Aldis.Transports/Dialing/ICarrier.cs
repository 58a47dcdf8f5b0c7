using System.Net;

namespace Aldis.Transports.Dialing;

/// <summary>What carries the bytes of a <see cref="ClientConnection"/>, below TLS. Disposing <see cref="Stream"/> closes it in order.</summary>
internal interface ICarrier
{
    /// <summary>The bytes, both ways.</summary>
    Stream Stream { get; }

    /// <summary>The server's address, where the transport has one.</summary>
    EndPoint? RemoteEndPoint { get; }

    /// <summary>Bytes that the peer has acknowledged, where closing waits for that; 0 where the system sees to it.</summary>
    long AcknowledgedBytes { get; }

    /// <summary>Bytes that were written and, as far as the system can tell, have not reached the peer's; 0 where it cannot.</summary>
    long HeldBytes { get; }

    /// <summary>Packets that were sent again since the beginning; null where the system sees to it and does not tell.</summary>
    long? PacketsRetransmitted => null;

    /// <summary>When what the peer has not acknowledged is sent again, counted from now; null where nothing is to be, or the system sees to it
    /// and does not tell.</summary>
    TimeSpan? NextRetransmission => null;

    /// <summary>Ends our direction; everything written before reaches the peer first.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    void FinishWriting();

    /// <summary>Breaks the connection at once; the peer sees a reset. Never throws.</summary>
    void Abort();
}

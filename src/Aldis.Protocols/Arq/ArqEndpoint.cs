using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>All connections of one UDP socket as a pure state machine (docs/arq.md): datagrams, time and randomness come in, datagrams, deadlines and events
/// go out. Not safe for several threads at once.</summary>
public sealed class ArqEndpoint
{
    /// <summary>Creates an endpoint without connections.</summary>
    /// <param name="options">What it allows.</param>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="secret">At least 16 bytes nobody else knows. An endpoint restarted with the same secret can tell its old peers that it forgot them.</param>
    /// <param name="trace">Where events go, or null for nowhere.</param>
    public ArqEndpoint(EndpointOptions options, IArqRandom random, ReadOnlySpan<byte> secret, ITraceSink? trace = null) => throw new NotSupportedException();

    /// <summary>When <see cref="OnTimer"/> must be called next, in nanoseconds; <see cref="long.MaxValue"/> means never.</summary>
    public long NextDeadlineNs => throw new NotSupportedException();

    /// <summary>Connections that are part of the endpoint.</summary>
    public int ConnectionCount => throw new NotSupportedException();

    /// <summary>Counters.</summary>
    public ref readonly EndpointStats Stats => throw new NotSupportedException();

    /// <summary>Starts a connection. Data may be written at once.</summary>
    /// <param name="path">The server's address.</param>
    /// <param name="options">How the connection shall work.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>The connection, in <see cref="ConnectionState.SynSent"/>.</returns>
    public ArqConnection Connect(in PathKey path, ConnectionOptions options, long nowNs) => throw new NotSupportedException();

    /// <summary>Takes what one receive call returned: a datagram, or a batch of them.</summary>
    /// <param name="path">Where it came from.</param>
    /// <param name="buffer">All bytes received.</param>
    /// <param name="segmentSize">Bytes of each datagram of the batch but the last (UDP_GRO), the buffer's length if it is one datagram,
    /// or 0 if the driver does not know.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs) => throw new NotSupportedException();

    /// <summary>Tells that the machine of the peer refused a datagram (ECONNREFUSED): three of them end a connection that has not yet come about.</summary>
    /// <param name="path">Where the datagram was sent.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void OnRefused(in PathKey path, long nowNs) => throw new NotSupportedException();

    /// <summary>Does what is due. Harmless if nothing is.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void OnTimer(long nowNs) => throw new NotSupportedException();

    /// <summary>Fills the next send. Call it until it returns false after every other call.</summary>
    /// <param name="buffer">Room for the datagrams: at least the largest datagram in use; 65,507 bytes allow whole batches.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <param name="transmit">What was filled and where it goes.</param>
    /// <returns>False if there is nothing to send now.</returns>
    public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit) => throw new NotSupportedException();

    /// <summary>Takes the next event.</summary>
    /// <param name="occurred">The event.</param>
    /// <returns>False if there is none.</returns>
    public bool TryGetEvent(out ArqEvent occurred) => throw new NotSupportedException();

    /// <summary>Queues the last acknowledgement of every connection that closed in order once more: for a process that is about to exit.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void RepeatLastAcknowledgements(long nowNs) => throw new NotSupportedException();

    /// <summary>Throws if the endpoint or one of its connections contradicts itself (docs/verification.md).</summary>
    internal void CheckInvariants() => throw new NotSupportedException();
}

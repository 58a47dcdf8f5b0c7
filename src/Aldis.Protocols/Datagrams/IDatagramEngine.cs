namespace Aldis.Protocols.Datagrams;

/// <summary>
/// A protocol over datagrams as a pure state machine: datagrams and time come in, datagrams and a deadline go out. One driver serves
/// every engine (Aldis.Transports/Datagrams). Both sides may rely on this:
/// <list type="bullet">
/// <item><description>No two members are called at once, and time never falls.</description></item>
/// <item><description>After every call of <see cref="OnDatagram"/>, <see cref="OnTimer"/> or <see cref="OnRefused"/> the driver calls
/// <see cref="TryGetTransmit"/> until it returns false, at once or when the socket has room again, and then reads
/// <see cref="NextDeadlineNs"/>.</description></item>
/// <item><description>The engine keeps nothing that it was given by reference: it copies what it needs of a datagram.</description></item>
/// <item><description>The engine bounds what it holds; whatever a peer sends, no member throws. What is thrown is a defect and ends
/// the engine.</description></item>
/// </list>
/// </summary>
internal interface IDatagramEngine
{
    /// <summary>When <see cref="OnTimer"/> must be called next, in nanoseconds of monotonic time; <see cref="long.MaxValue"/> means
    /// never.</summary>
    long NextDeadlineNs { get; }

    /// <summary>Takes what one receive call returned: a datagram, or a batch of them from one peer.</summary>
    /// <param name="path">Where it came from.</param>
    /// <param name="buffer">All bytes received.</param>
    /// <param name="segmentSize">Bytes of each datagram of the batch but the last (UDP_GRO), the buffer's length if it is one datagram,
    /// or 0 if the driver does not know.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs);

    /// <summary>Does what is due. Harmless if nothing is.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    void OnTimer(long nowNs);

    /// <summary>Tells that the machine of the peer refused a datagram (ECONNREFUSED).</summary>
    /// <param name="path">Where the datagram was sent.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    void OnRefused(in PathKey path, long nowNs);

    /// <summary>Fills the next send.</summary>
    /// <param name="buffer">Room for the datagrams: <see cref="DatagramLimits.MaxPayload"/> bytes.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <param name="transmit">What was filled and where it goes.</param>
    /// <returns>False if there is nothing to send now.</returns>
    bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit);
}

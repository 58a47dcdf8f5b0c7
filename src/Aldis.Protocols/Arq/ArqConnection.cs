namespace Aldis.Protocols.Arq;

/// <summary>One reliable byte stream in each direction. Belongs to an <see cref="ArqEndpoint"/> and shares its rule of one thread at a time.</summary>
public sealed class ArqConnection
{
    internal ArqConnection()
    {
    }

    /// <summary>Where it stands.</summary>
    public ConnectionState State => throw new NotSupportedException();

    /// <summary>Why it ended; <see cref="ArqCloseCode.None"/> while it lives or if it ended in order.</summary>
    public ArqCloseCode CloseCode => throw new NotSupportedException();

    /// <summary>The peer's address.</summary>
    public PathKey Path => throw new NotSupportedException();

    /// <summary>What both sides agreed on; before that, what was asked.</summary>
    public ConnectionOptions Options => throw new NotSupportedException();

    /// <summary>Our number of this connection, unique in the endpoint.</summary>
    public ulong Id => throw new NotSupportedException();

    /// <summary>Whether the client's side of the connection is ours.</summary>
    public bool IsClient => throw new NotSupportedException();

    /// <summary>Counters and estimates.</summary>
    public ConnectionStats Stats => throw new NotSupportedException();

    /// <summary>Anything the owner wants to find again from an event.</summary>
    public object? Tag { get; set; }

    /// <summary>Bytes that can be read now.</summary>
    public long ReadableBytes => throw new NotSupportedException();

    /// <summary>Bytes written and not yet acknowledged.</summary>
    public long UnacknowledgedBytes => throw new NotSupportedException();

    /// <summary>Takes bytes to send.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>How many were taken, from the front: less than given if the buffer is full, 0 also if the stream was finished.</returns>
    public int Write(ReadOnlySpan<byte> source, long nowNs) => throw new NotSupportedException();

    /// <summary>Sends what was written without waiting for a full frame.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Flush(long nowNs) => throw new NotSupportedException();

    /// <summary>Ends our direction after what was written. Reading goes on.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Finish(long nowNs) => throw new NotSupportedException();

    /// <summary>Gives the connection up; the peer is told once.</summary>
    /// <param name="code">Why.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Abort(ArqCloseCode code, long nowNs) => throw new NotSupportedException();

    /// <summary>Reads bytes in order.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>How many bytes; 0 if none are there yet; -1 at the end of the stream, when the peer finished and every byte was read.</returns>
    public int Read(Span<byte> destination, long nowNs) => throw new NotSupportedException();

    /// <summary>The first readable bytes in place, valid until the next call into the endpoint. Possibly fewer than <see cref="ReadableBytes"/>.</summary>
    /// <returns>The bytes; empty if there are none.</returns>
    public ReadOnlySpan<byte> Peek() => throw new NotSupportedException();

    /// <summary>Marks bytes seen by <see cref="Peek"/> as read.</summary>
    /// <param name="count">How many, at most as many as Peek showed.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Advance(int count, long nowNs) => throw new NotSupportedException();
}

using System.Buffers;

namespace Aldis.Protocols.Datagrams;

/// <summary>
/// The datagram echo (RFC 862): each datagram comes back unchanged. It gives no answer to source ports below 1024 (where the services
/// live that would answer again) and to the port it listens on itself, so that one spoofed datagram cannot make two echoes talk for
/// ever (CERT VU#417980). Nothing is amplified: an answer is as long as its request.
/// </summary>
/// <param name="ownPort">The port it listens on.</param>
internal sealed class EchoEngine(int ownPort) : IDatagramEngine
{
    /// <summary>The lowest source port that is answered.</summary>
    public const int LowestAnsweredPort = 1024;

    // What may wait while the socket takes nothing: as much as one turn of the driver brings, four times. More is lost, as on any network.
    private const int MaxWaiting = 32;
    private const int MaxRefusals = 64;

    private readonly Queue<Answer> _waiting = new(MaxWaiting);
    private readonly Queue<EchoRefusal> _refusals = new();

    /// <inheritdoc/>
    public long NextDeadlineNs => long.MaxValue;

    /// <summary>Datagrams, or batches of them, that got no answer because too many waited.</summary>
    public long Dropped { get; private set; }

    /// <inheritdoc/>
    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        if (path.RemotePort < LowestAnsweredPort || path.RemotePort == ownPort)
        {
            if (_refusals.Count < MaxRefusals)
            {
                _refusals.Enqueue(new EchoRefusal(path, buffer.Length, path.RemotePort == ownPort));
            }

            return;
        }

        if (_waiting.Count == MaxWaiting || buffer.Length > DatagramLimits.MaxPayload)
        {
            Dropped++;
            return;
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, buffer.Length));
        buffer.CopyTo(bytes);
        _waiting.Enqueue(new Answer(path, bytes, buffer.Length, segmentSize > 0 ? segmentSize : buffer.Length));
    }

    /// <inheritdoc/>
    public void OnTimer(long nowNs)
    {
        // Nothing is ever due.
    }

    /// <inheritdoc/>
    public void OnRefused(in PathKey path, long nowNs)
    {
        // Whoever asked has gone.
    }

    /// <inheritdoc/>
    public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        if (!_waiting.TryDequeue(out Answer answer))
        {
            transmit = default;
            return false;
        }

        answer.Bytes.AsSpan(0, answer.Length).CopyTo(buffer);
        ArrayPool<byte>.Shared.Return(answer.Bytes);
        transmit = new Transmit(answer.Path, answer.Length, answer.SegmentSize);
        return true;
    }

    /// <summary>Takes the next refusal, in order; where very many come at once some are not told.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <returns>False if there is none.</returns>
    public bool TryGetRefusal(out EchoRefusal refusal) => _refusals.TryDequeue(out refusal);

    private readonly record struct Answer(PathKey Path, byte[] Bytes, int Length, int SegmentSize);
}

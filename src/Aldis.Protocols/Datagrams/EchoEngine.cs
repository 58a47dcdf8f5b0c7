using System.Buffers;
using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Datagrams;

/// <summary>
/// The datagram echo (RFC 862): each datagram comes back unchanged. It gives no answer to source ports below 1024 (where the services
/// live that would answer again), to the port it listens on itself and to what else this process listens on, so that one spoofed datagram
/// cannot make two echoes talk for ever (CERT VU#417980), and answers any other address so often and no more. Nothing is amplified: an
/// answer is as long as its request, and goes to one machine for one datagram that was sent to one.
/// </summary>
/// <param name="ownPort">The port it listens on.</param>
/// <param name="options">What it answers; the defaults if left out.</param>
internal sealed class EchoEngine(int ownPort, EchoOptions? options = null) : IDatagramEngine
{
    /// <summary>The lowest source port that is answered.</summary>
    public const int LowestAnsweredPort = 1024;

    // What may wait while the socket takes nothing: as much as one turn of the driver brings, four times. More is lost, as on any network.
    private const int MaxWaiting = 32;

    // What is answered at once after a rest: what is on the way between a fast peer and a busy machine.
    private const double AtOncePerSecond = 0.1;

    private static readonly int Causes = Enum.GetValues<EchoRefusalCause>().Length;

    private readonly EchoOptions _options = options ?? new EchoOptions();
    private readonly NetworkRates _rates = RatesOf(options ?? new EchoOptions());
    private readonly Queue<Answer> _waiting = new(MaxWaiting);

    // The refusals that nobody took yet, by cause: however many they are, they need no more room.
    private readonly EchoRefusal[] _refusals = new EchoRefusal[Causes];
    private bool _hasRefusals;

    /// <inheritdoc/>
    public long NextDeadlineNs => long.MaxValue;

    /// <inheritdoc/>
    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        int size = segmentSize > 0 ? segmentSize : buffer.Length;
        int count = Math.Max(1, (buffer.Length + size - 1) / Math.Max(1, size));
        if (Judge(path, count, nowNs) is { } cause)
        {
            Refuse(cause, path, buffer.Length, count);
            return;
        }

        if (_waiting.Count == MaxWaiting || buffer.Length > DatagramLimits.MaxPayload)
        {
            Refuse(EchoRefusalCause.Waiting, path, buffer.Length, count);
            return;
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, buffer.Length));
        buffer.CopyTo(bytes);
        _waiting.Enqueue(new Answer(path, bytes, buffer.Length, size));
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

    /// <summary>Takes what was refused for the next reason since it was asked before.</summary>
    /// <param name="refusal">The refusals.</param>
    /// <returns>False if there are none.</returns>
    public bool TryGetRefusal(out EchoRefusal refusal)
    {
        refusal = default;
        if (!_hasRefusals)
        {
            return false;
        }

        int index = Array.FindIndex(_refusals, static one => one.Count > 0);
        _hasRefusals = index >= 0;
        if (_hasRefusals)
        {
            refusal = _refusals[index];
            _refusals[index] = default;
        }

        return _hasRefusals;
    }

    private static NetworkRates RatesOf(EchoOptions options) =>
        new(options.DatagramsPerSecond, Math.Max(1, options.DatagramsPerSecond * AtOncePerSecond), options.Secret);

    private EchoRefusalCause? Judge(in PathKey path, int count, long nowNs) =>
        path.RemotePort == ownPort ? EchoRefusalCause.OwnPort
        : path.RemotePort < LowestAnsweredPort ? EchoRefusalCause.LowPort
        : path.RemoteAddress == default || path.RemoteAddress == PathKey.NoIPv4Address || PathKey.IsMany(path.RemoteAddress)
            ? EchoRefusalCause.SourceAddress
        : PathKey.IsMany(path.LocalAddress) ? EchoRefusalCause.Destination
        : _options.IsOwn(path) ? EchoRefusalCause.OwnListener
        : !_options.IsAllowed(path) ? EchoRefusalCause.Token
        : !_rates.TryTake(NetworkKey.Of(path.RemoteAddress), nowNs, count) ? EchoRefusalCause.Rate
        : null;

    private void Refuse(EchoRefusalCause cause, in PathKey path, int length, int count)
    {
        ref EchoRefusal told = ref _refusals[(int)cause];
        told = new EchoRefusal(cause, path, length, told.Count + count);
        _hasRefusals = true;
    }

    private readonly record struct Answer(PathKey Path, byte[] Bytes, int Length, int SegmentSize);
}

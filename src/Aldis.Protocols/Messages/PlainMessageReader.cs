using System.Buffers;

namespace Aldis.Protocols.Messages;

/// <summary>
/// Cuts a stream of the plain form into messages (docs/protocols/messages.md section 2). It keeps at most one header of state, copies
/// no payload and allocates nothing because of a declared length: an unfinished payload stays in the caller's buffer.
/// A client reads the server's answers with it too; they have the same framing.
/// </summary>
internal sealed class PlainMessageReader
{
    private PlainHeaderScanner _header;

    /// <summary>Creates a reader at the beginning of a message.</summary>
    /// <param name="limit">Most payload bytes of a message, 0 to <see cref="int.MaxValue"/>. The caller's buffer must be able to hold
    /// as many.</param>
    public PlainMessageReader(long limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, int.MaxValue);
        Limit = limit;
    }

    /// <summary>Most payload bytes of a message.</summary>
    public long Limit { get; }

    /// <summary>Why the stream was refused; <see cref="PlainRefusal.None"/> as long as it was not.</summary>
    public PlainRefusal Refusal { get; private set; }

    /// <summary>True while a header was begun and not finished: the time within which it must come is running.</summary>
    public bool IsInsideHeader => _header.IsBegun && Refusal == PlainRefusal.None;

    /// <summary>True while a header is complete and its payload is not: the moment to ask for immediate TCP acknowledgements.</summary>
    public bool AwaitsPayload => _header.IsComplete;

    /// <summary>How long the payload is, while it is awaited.</summary>
    internal long PayloadLength => _header.Length;

    /// <summary>Takes what can be taken of <paramref name="received"/>.</summary>
    /// <param name="received">The bytes that follow what earlier calls consumed. It is sliced past what this call consumed; after
    /// <see cref="PlainReadStatus.NeedMore"/> everything left was examined, so the caller waits for more behind it.</param>
    /// <param name="payload">The message's payload, a slice of <paramref name="received"/> as it was; empty unless the status is
    /// <see cref="PlainReadStatus.Message"/>.</param>
    /// <returns>The status. After <see cref="PlainReadStatus.Refused"/> every further call answers the same and consumes nothing.</returns>
    public PlainReadStatus Read(ref ReadOnlySequence<byte> received, out ReadOnlySequence<byte> payload)
    {
        payload = ReadOnlySequence<byte>.Empty;
        if (Refusal != PlainRefusal.None)
        {
            return PlainReadStatus.Refused;
        }

        if (!_header.IsComplete)
        {
            ScanHeader(ref received);
            if (Refusal != PlainRefusal.None)
            {
                return PlainReadStatus.Refused;
            }
        }

        if (!_header.IsComplete || received.Length < _header.Length)
        {
            return PlainReadStatus.NeedMore;
        }

        payload = received.Slice(0, _header.Length);
        received = received.Slice(_header.Length);
        _header = default;
        return PlainReadStatus.Message;
    }

    private void ScanHeader(ref ReadOnlySequence<byte> received)
    {
        long taken = 0;
        foreach (ReadOnlyMemory<byte> segment in received)
        {
            Refusal = _header.Scan(segment.Span, Limit, out int scanned);
            taken += scanned;
            if (Refusal != PlainRefusal.None || _header.IsComplete)
            {
                break;
            }
        }

        received = received.Slice(taken);
    }
}

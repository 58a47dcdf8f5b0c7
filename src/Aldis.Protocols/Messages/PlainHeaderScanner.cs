namespace Aldis.Protocols.Messages;

/// <summary>
/// Scans a plain header byte by byte, so that one that came in pieces is judged as if it had come whole, and is refused at its first
/// wrong byte without waiting for the rest.
/// </summary>
internal struct PlainHeaderScanner
{
    private byte _scanned;
    private byte _significantDigits;
    private bool _padding;

    /// <summary>The payload's length in bytes; meaningful when <see cref="IsComplete"/>.</summary>
    public long Length { get; private set; }

    /// <summary>True once 64 bytes were scanned and none refused.</summary>
    public readonly bool IsComplete => _scanned == PlainHeader.Size;

    /// <summary>True from the first byte of a header to its last but one.</summary>
    public readonly bool IsBegun => _scanned is > 0 and < PlainHeader.Size;

    /// <summary>Scans what has arrived of the header and remembers where it stopped.</summary>
    /// <param name="received">The next bytes of the stream; at most the rest of the header is taken.</param>
    /// <param name="limit">Most payload bytes this side takes.</param>
    /// <param name="consumed">Bytes taken, the refused one included.</param>
    /// <returns>The reason to refuse, or <see cref="PlainRefusal.None"/>.</returns>
    public PlainRefusal Scan(ReadOnlySpan<byte> received, long limit, out int consumed)
    {
        consumed = 0;
        while (consumed < received.Length && !IsComplete)
        {
            PlainRefusal refusal = Take(received[consumed++], limit);
            if (refusal != PlainRefusal.None)
            {
                return refusal;
            }
        }

        return PlainRefusal.None;
    }

    private PlainRefusal Take(byte next, long limit)
    {
        if (!_padding && char.IsAsciiDigit((char)next))
        {
            return TakeDigit(next, limit);
        }

        if (_scanned == 0)
        {
            return next is (byte)'+' or (byte)'-' ? PlainRefusal.Sign : PlainRefusal.NotDigits;
        }

        if (next != (byte)' ')
        {
            return next == 0 ? PlainRefusal.NulPadding : PlainRefusal.NotPadded;
        }

        _padding = true;
        _scanned++;
        return Length > limit ? PlainRefusal.OverLimit : PlainRefusal.None;
    }

    private PlainRefusal TakeDigit(byte next, long limit)
    {
        int digit = next - '0';
        if (_significantDigits > 0 || digit > 0)
        {
            // 19 digits may still pass 2^63; a limit never does.
            if (_significantDigits == PlainHeader.MaxSignificantDigits || Length > (long.MaxValue - digit) / 10)
            {
                return PlainRefusal.TooManyDigits;
            }

            _significantDigits++;
            Length = (Length * 10) + digit;
        }

        _scanned++;
        return IsComplete && Length > limit ? PlainRefusal.OverLimit : PlainRefusal.None;
    }
}

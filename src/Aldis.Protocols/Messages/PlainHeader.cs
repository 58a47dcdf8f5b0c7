using System.Buffers.Text;
using System.Diagnostics;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Messages;

/// <summary>
/// The header of the plain form: the payload's length in ASCII decimal, padded with spaces to 64 bytes (docs/protocols/messages.md
/// section 2.1). Leading zeros are fine; anything but digits followed by spaces is refused.
/// </summary>
internal static class PlainHeader
{
    /// <summary>Bytes of a header, padding included.</summary>
    public const int Size = ControlUnit.Size;

    internal const int MaxSignificantDigits = 19;

    /// <summary>Parses a header that is there as a whole.</summary>
    /// <param name="header">The 64 bytes.</param>
    /// <param name="limit">Most payload bytes this side takes, 0 or more.</param>
    /// <param name="length">The payload's length, 0 to <paramref name="limit"/>; 0 on refusal.</param>
    /// <returns>The reason to refuse, or <see cref="PlainRefusal.None"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="header"/> is not 64 bytes.</exception>
    public static PlainRefusal Parse(ReadOnlySpan<byte> header, long limit, out long length)
    {
        if (header.Length != Size)
        {
            throw new ArgumentException("A header has 64 bytes.", nameof(header));
        }

        PlainHeaderScanner scan = default;
        PlainRefusal refusal = scan.Scan(header, limit, out _);
        length = refusal == PlainRefusal.None ? scan.Length : 0;
        return refusal;
    }

    /// <summary>Writes the header of a payload.</summary>
    /// <param name="length">The payload's length, 0 or more.</param>
    /// <param name="header">Takes the header; only its first 64 bytes are written.</param>
    public static void Write(long length, Span<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Span<byte> text = stackalloc byte[MaxSignificantDigits];
        bool fits = Utf8Formatter.TryFormat(length, text, out int written);
        Debug.Assert(fits);
        ControlUnit.Write(text[..written], header);
    }

    /// <summary>The sentence that tells a peer why its header was refused.</summary>
    /// <param name="refusal">The reason.</param>
    /// <param name="limit">Most payload bytes this side takes.</param>
    /// <returns>A short clear clause without a final stop.</returns>
    public static string Describe(PlainRefusal refusal, long limit) => refusal switch
    {
        PlainRefusal.None => "nothing is wrong",
        PlainRefusal.NotDigits => "the header is not a number",
        PlainRefusal.Sign => "the length has a sign",
        PlainRefusal.NulPadding => "the header is padded with NUL bytes instead of spaces",
        PlainRefusal.NotPadded => "the length is not followed by spaces only",
        PlainRefusal.TooManyDigits => "the length has too many digits",
        PlainRefusal.OverLimit => $"the length is over the limit of {limit} bytes",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal)),
    };
}

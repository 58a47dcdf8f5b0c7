using System.Diagnostics;

namespace Aldis.Protocols.Framing;

/// <summary>
/// The control unit of the native forms: 64 bytes of ASCII, padded with spaces (docs/protocols/messages.md section 3.1).
/// It knows the frame only; what the text says belongs to the conversation.
/// </summary>
internal static class ControlUnit
{
    /// <summary>Bytes of a unit on the wire, padding included.</summary>
    public const int Size = 64;

    /// <summary>Most bytes of text we put into a unit before its padding.</summary>
    public const int MaxTextLength = 60;

    /// <summary>Finds the text of a received unit, without its padding.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="text">The text: 1 to 64 printable ASCII bytes that neither begin nor end with a space; empty on failure.</param>
    /// <returns>False if <paramref name="unit"/> is not 64 bytes, is blank, begins with a space or holds a byte that is not printable
    /// ASCII (NUL padding and line ends included).</returns>
    public static bool TryGetText(ReadOnlySpan<byte> unit, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (unit.Length != Size || unit[0] == (byte)' ' || unit.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return false;
        }

        text = unit.TrimEnd((byte)' ');
        return true;
    }

    /// <summary>Pads a text of ours to a unit. A text that does not fit is a defect of the caller: it is never truncated.</summary>
    /// <param name="text">1 to <see cref="MaxTextLength"/> printable ASCII bytes, not beginning with a space.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    /// <exception cref="ArgumentException"><paramref name="text"/> is empty or longer than 60 bytes, or <paramref name="unit"/> is shorter
    /// than 64.</exception>
    public static void Write(ReadOnlySpan<byte> text, Span<byte> unit)
    {
        if (text.IsEmpty || text.Length > MaxTextLength)
        {
            throw new ArgumentException("A unit holds 1 to 60 bytes of text.", nameof(text));
        }

        Debug.Assert(!text.ContainsAnyExceptInRange((byte)' ', (byte)'~') && text[0] != (byte)' ');
        UnitWriter writer = new(unit);
        writer.Append(text);
        writer.Complete();
    }
}

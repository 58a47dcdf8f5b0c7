namespace Aldis.Protocols.Framing;

/// <summary>The unit that may follow a preface: <c>TOKEN text</c> (docs/protocols/messages.md section 3.2).</summary>
internal static class TokenUnit
{
    /// <summary>Most bytes of a token: with its word it fills a unit.</summary>
    public const int MaxLength = 58;

    private static ReadOnlySpan<byte> Word => "TOKEN "u8;

    private static ReadOnlySpan<byte> Request => "token"u8;

    /// <summary>Finds the token in a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="token">The token, 1 to <see cref="MaxLength"/> printable bytes without a space; empty on failure.</param>
    /// <returns>False if the unit is not a token's.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out ReadOnlySpan<byte> token)
    {
        token = default;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) || !text.StartsWith(Word) || text[Word.Length..].Contains((byte)' '))
        {
            return false;
        }

        token = text[Word.Length..];
        return true;
    }

    /// <summary>Whether a unit asks for a token: <c>ALDIS/1 token</c>. Only conversations without a native form ask
    /// (docs/tokens.md).</summary>
    /// <param name="unit">The 64 bytes.</param>
    public static bool IsRequest(ReadOnlySpan<byte> unit) =>
        ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) && text.StartsWith(PrefaceDetector.Prefix)
            && text[PrefaceDetector.Prefix.Length..].SequenceEqual(Request);

    /// <summary>Asks for a token.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public static void WriteRequest(Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(PrefaceDetector.Prefix);
        writer.Append(Request);
        writer.Complete();
    }

    /// <summary>Writes a token.</summary>
    /// <param name="token">1 to <see cref="MaxLength"/> printable ASCII bytes without a space.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    /// <exception cref="ArgumentException"><paramref name="token"/> cannot be a token.</exception>
    public static void Write(ReadOnlySpan<byte> token, Span<byte> unit)
    {
        if (token.Length is 0 or > MaxLength || token.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            throw new ArgumentException("A token is 1 to 58 printable ASCII bytes without a space.", nameof(token));
        }

        UnitWriter writer = new(unit);
        writer.Append(Word);
        writer.Append(token);
        writer.Complete(ControlUnit.Size);
    }
}

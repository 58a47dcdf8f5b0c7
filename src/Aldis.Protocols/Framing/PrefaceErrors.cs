namespace Aldis.Protocols.Framing;

/// <summary>The words of <see cref="PrefaceError"/> on the wire.</summary>
internal static class PrefaceErrors
{
    internal static ReadOnlySpan<byte> Field => "error="u8;

    /// <summary>The word of an error.</summary>
    /// <param name="error">Any but <see cref="PrefaceError.None"/>.</param>
    /// <returns>At most 12 bytes of ASCII.</returns>
    public static ReadOnlySpan<byte> GetWord(PrefaceError error) => error switch
    {
        PrefaceError.Version => "version"u8,
        PrefaceError.Service => "service"u8,
        PrefaceError.Client => "client"u8,
        PrefaceError.Token => "token"u8,
        PrefaceError.Busy => "busy"u8,
        PrefaceError.StoreFailed => "store-failed"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };

    /// <summary>The error of a word.</summary>
    /// <param name="word">What stood after <c>error=</c>.</param>
    /// <returns><see cref="PrefaceError.None"/> if there is no such word.</returns>
    public static PrefaceError Parse(ReadOnlySpan<byte> word)
    {
        for (PrefaceError error = PrefaceError.Version; error <= PrefaceError.StoreFailed; error++)
        {
            if (word.SequenceEqual(GetWord(error)))
            {
                return error;
            }
        }

        return PrefaceError.None;
    }

    /// <summary>Reads the answer to a preface that is turned away.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="error">Why; <see cref="PrefaceError.None"/> on failure.</param>
    /// <returns>False if it is another unit.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out PrefaceError error)
    {
        error = PrefaceError.None;
        if (ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) && text.StartsWith(PrefaceDetector.Prefix)
            && text[PrefaceDetector.Prefix.Length..].StartsWith(Field))
        {
            error = Parse(text[(PrefaceDetector.Prefix.Length + Field.Length)..]);
        }

        return error != PrefaceError.None;
    }

    /// <summary>Writes the answer to a preface that is turned away: <c>ALDIS/1 error=word</c>.</summary>
    /// <param name="error">Any but <see cref="PrefaceError.None"/>.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public static void Write(PrefaceError error, Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(PrefaceDetector.Prefix);
        writer.Append(Field);
        writer.Append(GetWord(error));
        writer.Complete();
    }
}

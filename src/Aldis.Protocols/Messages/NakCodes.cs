namespace Aldis.Protocols.Messages;

/// <summary>The words of <see cref="NakCode"/> on the wire, and what they mean for the connection.</summary>
internal static class NakCodes
{
    /// <summary>The word of a code.</summary>
    /// <param name="code">The code.</param>
    /// <returns>At most 13 bytes of ASCII.</returns>
    public static ReadOnlySpan<byte> GetWord(NakCode code) => code switch
    {
        NakCode.Gap => "gap"u8,
        NakCode.Window => "window"u8,
        NakCode.Busy => "busy"u8,
        NakCode.DiskFull => "disk-full"u8,
        NakCode.TooLarge => "too-large"u8,
        NakCode.BadFrame => "bad-frame"u8,
        NakCode.Conflict => "conflict"u8,
        NakCode.Forgotten => "forgotten"u8,
        NakCode.Superseded => "superseded"u8,
        NakCode.ShuttingDown => "shutting-down"u8,
        NakCode.StoreFailed => "store-failed"u8,
        NakCode.Token => "token"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };

    /// <summary>Whether the connection stays open after a NAK of this code, and the NAK says when to try again.</summary>
    /// <param name="code">The code.</param>
    /// <returns>False if the server closes after it.</returns>
    public static bool KeepsConnection(NakCode code) => code <= NakCode.DiskFull;

    /// <summary>The code of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="code">The code; <see cref="NakCode.Gap"/> on failure.</param>
    /// <returns>False if there is no such word.</returns>
    public static bool TryParse(ReadOnlySpan<byte> word, out NakCode code)
    {
        for (code = NakCode.Token; code > NakCode.Gap; code--)
        {
            if (word.SequenceEqual(GetWord(code)))
            {
                return true;
            }
        }

        return word.SequenceEqual(GetWord(code));
    }
}

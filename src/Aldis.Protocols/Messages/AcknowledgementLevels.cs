namespace Aldis.Protocols.Messages;

/// <summary>The words of <see cref="AcknowledgementLevel"/> on the wire.</summary>
internal static class AcknowledgementLevels
{
    /// <summary>The word of a level.</summary>
    /// <param name="level">The level.</param>
    /// <returns>At most 10 bytes of ASCII.</returns>
    public static ReadOnlySpan<byte> GetWord(AcknowledgementLevel level) => level switch
    {
        AcknowledgementLevel.Received => "received"u8,
        AcknowledgementLevel.Stored => "stored"u8,
        AcknowledgementLevel.Durable => "durable"u8,
        AcknowledgementLevel.Replicated => "replicated"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    /// <summary>The level of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="level">The level; <see cref="AcknowledgementLevel.Received"/> on failure.</param>
    /// <returns>False if there is no such word.</returns>
    public static bool TryParse(ReadOnlySpan<byte> word, out AcknowledgementLevel level)
    {
        for (level = AcknowledgementLevel.Replicated; level > AcknowledgementLevel.Received; level--)
        {
            if (word.SequenceEqual(GetWord(level)))
            {
                return true;
            }
        }

        return word.SequenceEqual(GetWord(level));
    }
}

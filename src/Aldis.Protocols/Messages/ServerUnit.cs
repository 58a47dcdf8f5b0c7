using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Messages;

/// <summary>A unit from a server, other than its hello (docs/protocols/messages.md section 3.5).</summary>
internal readonly record struct ServerUnit
{
    /// <summary>What it says.</summary>
    public ServerUnitKind Kind { get; private init; }

    /// <summary>The number it is about: from 1 in an acknowledgement; 0 in a refusal that is about the connection; 0 in BYE.</summary>
    public long Sequence { get; private init; }

    /// <summary>How safe, in an acknowledgement.</summary>
    public AcknowledgementLevel Level { get; private init; }

    /// <summary>In an acknowledgement: the message was there before and was not stored again.</summary>
    public bool IsDuplicate { get; private init; }

    /// <summary>Why not, in a refusal.</summary>
    public NakCode Code { get; private init; }

    /// <summary>In a refusal: milliseconds after which to try again, 0 to <see cref="MessageLimits.MaxRetryMilliseconds"/>; null if it names
    /// none.</summary>
    public int? RetryMilliseconds { get; private init; }

    /// <summary>The unit <c>BYE</c>.</summary>
    public static ServerUnit Bye => new() { Kind = ServerUnitKind.Bye };

    private static ReadOnlySpan<byte> AcknowledgementWord => "ACK"u8;

    private static ReadOnlySpan<byte> RefusalWord => "NAK"u8;

    private static ReadOnlySpan<byte> ByeWord => "BYE"u8;

    private static ReadOnlySpan<byte> DuplicateWord => "duplicate"u8;

    private static ReadOnlySpan<byte> RetryField => "retry="u8;

    /// <summary>Makes an acknowledgement.</summary>
    /// <param name="sequence">Everything up to it is safe; from 1.</param>
    /// <param name="level">How safe.</param>
    /// <param name="isDuplicate">Whether it was there before.</param>
    /// <returns>The unit.</returns>
    public static ServerUnit Acknowledge(long sequence, AcknowledgementLevel level, bool isDuplicate = false) =>
        new() { Kind = ServerUnitKind.Acknowledgement, Sequence = sequence, Level = level, IsDuplicate = isDuplicate };

    /// <summary>Makes a refusal.</summary>
    /// <param name="sequence">The message that was not taken; 0 for the connection.</param>
    /// <param name="code">Why.</param>
    /// <param name="retryMilliseconds">When to try again, or null.</param>
    /// <returns>The unit.</returns>
    public static ServerUnit Refuse(long sequence, NakCode code, int? retryMilliseconds = null) =>
        new() { Kind = ServerUnitKind.Refusal, Sequence = sequence, Code = code, RetryMilliseconds = retryMilliseconds };

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="result">What it says; the default on failure.</param>
    /// <returns>False if it is no unit of a server; a word this version does not know included.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out ServerUnit result)
    {
        result = default;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text))
        {
            return false;
        }

        UnitFields fields = new(text);
        ReadOnlySpan<byte> word = fields.Next();
        if (word.SequenceEqual(ByeWord))
        {
            result = Bye;
            return fields.IsAtEnd;
        }

        return word.SequenceEqual(AcknowledgementWord)
            ? TryParseAcknowledgement(ref fields, out result)
            : word.SequenceEqual(RefusalWord) && TryParseRefusal(ref fields, out result);
    }

    /// <summary>Writes the unit.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Write(Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(Kind switch
        {
            ServerUnitKind.Acknowledgement => AcknowledgementWord,
            ServerUnitKind.Refusal => RefusalWord,
            _ => ByeWord,
        });
        if (Kind != ServerUnitKind.Bye)
        {
            writer.Append(" "u8);
            writer.Append(Sequence);
            writer.Append(" "u8);
            writer.Append(Kind == ServerUnitKind.Acknowledgement ? AcknowledgementLevels.GetWord(Level) : NakCodes.GetWord(Code));
        }

        if (IsDuplicate)
        {
            writer.Append(" "u8);
            writer.Append(DuplicateWord);
        }

        if (RetryMilliseconds is int retry)
        {
            writer.Append(" "u8);
            writer.Append(RetryField);
            writer.Append(retry);
        }

        writer.Complete();
    }

    private static bool TryParseAcknowledgement(ref UnitFields fields, out ServerUnit result)
    {
        result = default;
        if (!fields.TryNextNumber(default, MessageLimits.SequenceDigits, out long sequence)
            || sequence == 0
            || !AcknowledgementLevels.TryParse(fields.Next(), out AcknowledgementLevel level))
        {
            return false;
        }

        bool isDuplicate = !fields.IsAtEnd;
        if (isDuplicate && !(fields.TryNext(DuplicateWord) && fields.IsAtEnd))
        {
            return false;
        }

        result = Acknowledge(sequence, level, isDuplicate);
        return true;
    }

    private static bool TryParseRefusal(ref UnitFields fields, out ServerUnit result)
    {
        result = default;
        if (!fields.TryNextNumber(default, MessageLimits.SequenceDigits, out long sequence)
            || !NakCodes.TryParse(fields.Next(), out NakCode code))
        {
            return false;
        }

        int? retry = null;
        if (!fields.IsAtEnd)
        {
            if (!fields.TryNextNumber(RetryField, MessageLimits.RetryDigits, out long milliseconds) || !fields.IsAtEnd)
            {
                return false;
            }

            retry = (int)milliseconds;
        }

        result = Refuse(sequence, code, retry);
        return true;
    }
}

using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Messages;

/// <summary>A unit from a client, other than its preface (docs/protocols/messages.md section 3.4).</summary>
/// <param name="Kind">What it announces.</param>
/// <param name="Length">Bytes of payload that follow, 0 to <see cref="MessageLimits.MaxLength"/>; 0 unless it announces a message.</param>
/// <param name="Sequence">The message's number, from 1; 0 unless it announces a message.</param>
internal readonly record struct ClientUnit(ClientUnitKind Kind, long Length, long Sequence)
{
    private static ReadOnlySpan<byte> Bye => "BYE"u8;

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="result">What it says; the default on failure.</param>
    /// <returns>False if it is no unit of a client.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out ClientUnit result)
    {
        result = default;
        if (TokenUnit.TryParse(unit, out _))
        {
            result = new ClientUnit(ClientUnitKind.Token, 0, 0);
            return true;
        }

        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text))
        {
            return false;
        }

        if (text.SequenceEqual(Bye))
        {
            result = new ClientUnit(ClientUnitKind.Bye, 0, 0);
            return true;
        }

        UnitFields fields = new(text);
        if (!fields.TryNextNumber(default, MessageLimits.LengthDigits, out long length)
            || !fields.TryNextNumber(default, MessageLimits.SequenceDigits, out long sequence)
            || sequence == 0
            || !fields.IsAtEnd)
        {
            return false;
        }

        result = new ClientUnit(ClientUnitKind.Message, length, sequence);
        return true;
    }

    /// <summary>Writes the header of a message.</summary>
    /// <param name="length">Bytes of payload that follow, 0 to <see cref="MessageLimits.MaxLength"/>.</param>
    /// <param name="sequence">The message's number, from 1.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public static void WriteMessage(long length, long sequence, Span<byte> unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MessageLimits.MaxLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequence);
        UnitWriter writer = new(unit);
        writer.Append(length);
        writer.Append(" "u8);
        writer.Append(sequence);
        writer.Complete();
    }

    /// <summary>Writes the end of a client's side.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public static void WriteBye(Span<byte> unit) => ControlUnit.Write(Bye, unit);
}

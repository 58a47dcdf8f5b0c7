using System.Buffers.Text;

namespace Aldis.Protocols.Framing;

/// <summary>Takes the fields of a unit's text one after the other. They are separated by single spaces; nothing else is skipped.</summary>
internal ref struct UnitFields
{
    private ReadOnlySpan<byte> _rest;
    private bool _ended;

    public UnitFields(ReadOnlySpan<byte> text)
    {
        _rest = text;
        _ended = text.IsEmpty;
    }

    /// <summary>True when every field was taken.</summary>
    public readonly bool IsAtEnd => _ended;

    /// <summary>Bytes of what was not taken yet, without the space before it.</summary>
    public readonly int RemainingBytes => _rest.Length;

    /// <summary>Takes the next field; empty at the end, and between two spaces that follow each other.</summary>
    public ReadOnlySpan<byte> Next()
    {
        int space = _rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = space < 0 ? _rest : _rest[..space];
        _ended = space < 0;
        _rest = space < 0 ? default : _rest[(space + 1)..];
        return field;
    }

    /// <summary>Takes the next field if it is <paramref name="expected"/>.</summary>
    public bool TryNext(ReadOnlySpan<byte> expected) => !_ended && Next().SequenceEqual(expected);

    /// <summary>Takes the next field if it is <paramref name="name"/> (its <c>=</c> included) and a number.</summary>
    public bool TryNextNumber(ReadOnlySpan<byte> name, int maxDigits, out long value)
    {
        ReadOnlySpan<byte> field = Next();
        value = 0;
        return field.StartsWith(name) && TryParseNumber(field[name.Length..], maxDigits, out value);
    }

    /// <summary>
    /// Parses a number of a native unit: digits only, without sign or leading zeros, less than 2^63 (docs/protocols/messages.md section 3.1).
    /// </summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> digits, int maxDigits, out long value)
    {
        value = 0;
        return digits.Length > 0
            && digits.Length <= maxDigits
            && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (digits[0] != (byte)'0' || digits.Length == 1)
            && Utf8Parser.TryParse(digits, out value, out int consumed)
            && consumed == digits.Length;
    }
}

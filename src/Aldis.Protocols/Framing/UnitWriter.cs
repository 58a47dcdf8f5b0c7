using System.Buffers.Text;
using System.Diagnostics;

namespace Aldis.Protocols.Framing;

/// <summary>Builds the text of a unit of ours. What does not fit is a defect of ours and is never truncated.</summary>
internal ref struct UnitWriter
{
    private readonly Span<byte> _unit;
    private int _length;

    public UnitWriter(Span<byte> unit)
    {
        if (unit.Length < ControlUnit.Size)
        {
            throw new ArgumentException("A unit needs 64 bytes.", nameof(unit));
        }

        _unit = unit[..ControlUnit.Size];
    }

    /// <summary>Bytes of text so far.</summary>
    public readonly int Length => _length;

    public void Append(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_unit[_length..]);
        _length += text.Length;
    }

    public void Append(long value)
    {
        bool fits = Utf8Formatter.TryFormat(value, _unit[_length..], out int written);
        Debug.Assert(fits);
        _length += written;
    }

    /// <summary>Pads the unit with spaces.</summary>
    public readonly void Complete(int maxLength = ControlUnit.MaxTextLength)
    {
        if (_length > maxLength)
        {
            throw new InvalidOperationException("The text of a unit is too long.");
        }

        _unit[_length..].Fill((byte)' ');
    }
}

using System.Buffers.Binary;

namespace Aldis.Protocols.Arq.Wire;

/// <summary>Integers of 1, 2, 4 or 8 bytes whose first two bits name the length (RFC 9000 section 16), big-endian.</summary>
internal static class VariableInteger
{
    public const int MaxLength = 8;

    /// <summary>Reads one; returns its length, or 0 if the bytes end before it does.</summary>
    public static int Read(ReadOnlySpan<byte> from, out long value)
    {
        value = 0;
        if (from.IsEmpty)
        {
            return 0;
        }

        int length = 1 << (from[0] >> 6);
        if (from.Length < length)
        {
            return 0;
        }

        value = length switch
        {
            1 => from[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(from) & 0x3FFF,
            4 => BinaryPrimitives.ReadUInt32BigEndian(from) & 0x3FFF_FFFF,
            _ => (long)(BinaryPrimitives.ReadUInt64BigEndian(from) & 0x3FFF_FFFF_FFFF_FFFF),
        };
        return length;
    }

    /// <summary>Writes a value below 2^62 in its shortest form; returns its length. The room must be at least
    /// <see cref="MaxLength"/>.</summary>
    public static int Write(Span<byte> to, long value)
    {
        switch (value)
        {
            case < 1L << 6:
                to[0] = (byte)value;
                return 1;
            case < 1L << 14:
                BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)(value | 0x4000));
                return 2;
            case < 1L << 30:
                BinaryPrimitives.WriteUInt32BigEndian(to, (uint)value | 0x8000_0000);
                return 4;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(to, (ulong)value | 0xC000_0000_0000_0000);
                return 8;
        }
    }
}

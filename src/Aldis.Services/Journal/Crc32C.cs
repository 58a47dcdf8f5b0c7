using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Aldis.Services.Journal;

/// <summary>CRC-32C (Castagnoli), RFC 3720 appendix B.4. <c>Compute("123456789") == 0xE3069283</c>.</summary>
internal static class Crc32C
{
    /// <summary>Crc of all of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Continue(0, data);

    /// <summary>Crc of all of <paramref name="data"/>.</summary>
    public static uint Compute(in ReadOnlySequence<byte> data)
    {
        uint crc = 0;
        foreach (ReadOnlyMemory<byte> part in data)
        {
            crc = Continue(crc, part.Span);
        }

        return crc;
    }

    /// <summary>Crc of what gave <paramref name="crc"/>, followed by <paramref name="data"/>.</summary>
    public static uint Continue(uint crc, ReadOnlySpan<byte> data)
    {
        uint register = ~crc;
        while (data.Length >= sizeof(ulong))
        {
            register = BitOperations.Crc32C(register, MemoryMarshal.Read<ulong>(data));
            data = data[sizeof(ulong)..];
        }

        foreach (byte value in data)
        {
            register = BitOperations.Crc32C(register, value);
        }

        return ~register;
    }
}

namespace Aldis.Protocols.Tests.Integrity;

/// <summary>CRC32C from its polynomial, by table: the oracle for the checksum of the wire.</summary>
internal static class BitwiseCrc32C
{
    private const uint ReversedPolynomial = 0x82F63B78;
    private static readonly uint[] Table = MakeTable();

    public static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) * ReversedPolynomial);
            }

            table[i] = value;
        }

        return table;
    }
}

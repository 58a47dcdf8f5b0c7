namespace Aldis.Protocols.Arq.Congestion;

/// <summary>Windows at the ends of the range (RFC 9002 section 7.2).</summary>
internal static class InitialWindow
{
    private const int Packets = 10;
    private const long LeastBytes = 14_720;

    public static long Bytes(int datagramSize) => Math.Min((long)Packets * datagramSize, Math.Max(LeastBytes, 2L * datagramSize));

    public static long MinimumBytes(int datagramSize) => 2L * datagramSize;
}

namespace Aldis.Protocols.Ping;

/// <summary>The header of an IPv4 packet (RFC 791 section 3.1), which a raw socket hands out before the message.</summary>
internal static class IPv4Packet
{
    private const int LeastHeaderBytes = 20;
    private const int TimeToLiveAt = 8;

    /// <summary>Takes a packet apart.</summary>
    /// <param name="packet">What came; any bytes.</param>
    /// <param name="message">What the packet carries, where the answer is true.</param>
    /// <param name="timeToLive">Its time to live, hops that it still had.</param>
    /// <returns>False where it is no IPv4 packet, or shorter than its header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> message, out byte timeToLive)
    {
        message = default;
        timeToLive = 0;
        if (packet.Length < LeastHeaderBytes || packet[0] >> 4 != 4)
        {
            return false;
        }

        int headerBytes = (packet[0] & 0xF) * sizeof(uint);
        if (headerBytes < LeastHeaderBytes || headerBytes > packet.Length)
        {
            return false;
        }

        message = packet[headerBytes..];
        timeToLive = packet[TimeToLiveAt];
        return true;
    }
}

using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Arq;

/// <summary>What an <c>arq://</c> address means where it says nothing else.</summary>
internal static class ArqDefaults
{
    // RFC 8085 section 3.5 asks for at least 15 s; middleboxes forget UDP flows after 30 s or more.
    private const long KeepAliveNs = 20_000_000_000;

    /// <summary>
    /// Selective repeat by the <see cref="CongestionProfile.Internet"/> profile, a sign of life every 20 s, and datagrams as large
    /// as the path proves to carry.
    /// </summary>
    public static ConnectionOptions Connection { get; } = new()
    {
        KeepAliveNs = KeepAliveNs,
        MaxDatagramSize = DatagramLimits.MaxPayload,
    };
}

using Aldis.Protocols.Arq.Congestion;

namespace Aldis.Protocols.Arq;

/// <summary>How a sender chooses its rate; the numbers are those of the wire (docs/arq.md, PARAMS).</summary>
internal enum CongestionProfile : byte
{
    /// <summary>CUBIC (RFC 9438) with HyStart++ (RFC 9406) and proportional rate reduction (RFC 9937): shares a path fairly.</summary>
    Internet = 0,

    /// <summary>Follows the measured delivery rate and repairs loss that is not congestion; for links that lose by themselves.</summary>
    Lossy = 1,

    /// <summary>A fixed window of frames and no pacing: the strategies of the textbook, for a link of one's own.</summary>
    Lab = 2,
}

using Aldis.Protocols.Arq;

namespace Aldis.Services.Hosting;

/// <summary>What connections over <c>arq</c> have sent since the server started, those that ended included.</summary>
/// <param name="Sent">DATA and PROBE packets, repetitions included.</param>
/// <param name="AfterTimeout">DATA packets that went again because a timer had fired.</param>
/// <param name="InRewind">Those that went again because go-back-N went back behind a lost one.</param>
/// <param name="Reported">Those that went again because the peer's acknowledgements showed them missing.</param>
internal readonly record struct ArqTotals(long Sent, long AfterTimeout, long InRewind, long Reported)
{
    /// <summary>Adds a connection.</summary>
    /// <param name="counted">What it counted so far.</param>
    /// <returns>The sum.</returns>
    public ArqTotals Plus(in ConnectionStats counted) => new(
        Sent + counted.PacketsSent,
        AfterTimeout + counted.RetransmittedAfterTimeout,
        InRewind + counted.RetransmittedInRewind,
        Reported + counted.PacketsRetransmitted - counted.RetransmittedAfterTimeout - counted.RetransmittedInRewind);
}

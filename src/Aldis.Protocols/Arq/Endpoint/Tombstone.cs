using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>What is remembered of a connection that ended: enough to answer its peer's late packets, and that its cookie was
/// used.</summary>
/// <param name="Path">The peer's address.</param>
/// <param name="PeerId">The peer's name of the connection.</param>
/// <param name="Key">Its key.</param>
/// <param name="Cumulative">What the last ACK reported.</param>
/// <param name="Limit">The credit it granted.</param>
/// <param name="Serial">Its serial number.</param>
/// <param name="Code">Why it ended; <see cref="ArqCloseCode.None"/> in order.</param>
/// <param name="Allowance">Bytes that may be answered: as many as its peer sent, from its packet of the opening on, less those that
/// answered them.</param>
/// <param name="ExpiresNs">When it is forgotten.</param>
internal readonly record struct Tombstone(
    PathKey Path, ulong PeerId, ulong Key, long Cumulative, long Limit, uint Serial, ArqCloseCode Code, int Allowance,
    long ExpiresNs);

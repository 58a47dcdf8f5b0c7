namespace Aldis.Cli.Verbs.Copy;

/// <summary>What a connection says of itself, at one moment.</summary>
/// <param name="HeldBytes">Bytes that were written and have not reached the other machine, as far as the system tells.</param>
/// <param name="PacketsRetransmitted">Packets that were sent again; null where the system sees to it.</param>
/// <param name="NextRetransmission">When the next is, counted from now; null where none is due or the system sees to it.</param>
internal readonly record struct TransportState(long HeldBytes, long? PacketsRetransmitted, TimeSpan? NextRetransmission);

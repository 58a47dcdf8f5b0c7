namespace Aldis.Protocols.Arq.Sending;

/// <summary>What is known of a packet number.</summary>
internal enum SentPacketState : byte
{
    /// <summary>Settled: no longer of interest.</summary>
    Retired = 0,

    /// <summary>Sent; its fate is open. Its size counts as in flight.</summary>
    Outstanding,

    /// <summary>The peer named it.</summary>
    Acknowledged,

    /// <summary>Given up; its bytes go or went again under another number. Kept a while to notice that the verdict was wrong.</summary>
    Lost,

    /// <summary>Never sent: who acknowledges it lies.</summary>
    Skipped,
}

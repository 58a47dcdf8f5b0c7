using Aldis.Transports;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>What became of a request.</summary>
/// <param name="Number">Its number, from 1; where <paramref name="IsSequence"/>, the 16 bits of it that a packet carries.</param>
/// <param name="AtNs">When, by the clock of the transports.</param>
/// <param name="From">Who answered, or who told that nobody will; empty where that is this system.</param>
/// <param name="IsSequence">Whether the number is only a part.</param>
internal readonly record struct PingOutcome(long Number, long AtNs, string From, bool IsSequence = false)
{
    /// <summary>Bytes that came; null for a connection.</summary>
    public int? Length { get; init; }

    /// <summary>Hops that the answer still had, where the system tells.</summary>
    public int? TimeToLive { get; init; }

    /// <summary>Whether the answer is not what was sent.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>Why there will be no answer; null for one.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the failure is that of every request up to this one: the system tells of many once.</summary>
    public bool IsOfAllBefore { get; init; }

    /// <summary>What kind of failure that is.</summary>
    public CommunicationFailure Failure { get; init; }

    /// <summary>Type and code of the error of ICMP that told it.</summary>
    public (byte Type, byte Code)? Icmp { get; init; }
}

namespace Aldis.Protocols.Impairment;

/// <summary>
/// What chance decided for one datagram, or one piece of a stream: nothing in it depends on when it was decided but <see cref="Drop"/> at a
/// full queue. It is what a log holds and what a replay gives back.
/// </summary>
internal readonly record struct LinkVerdict
{
    /// <summary>Why no copy arrives, or <see cref="LinkFault.None"/>. On a stream <see cref="LinkFault.RandomLoss"/> is a
    /// retransmission.</summary>
    public LinkFault Drop { get; init; }

    /// <summary>How much later than without the link it arrives: the delay with its jitter, and what a retransmission costs. What it
    /// waits for a rate or for those before it comes on top.</summary>
    public long DelayNanoseconds { get; init; }

    /// <summary>How much longer it is held back, so that later ones may overtake it; 0 if it is not.</summary>
    public long HeldBackNanoseconds { get; init; }

    /// <summary>Whether it arrives twice.</summary>
    public bool IsTwice { get; init; }

    /// <summary>How much later than the first the second copy arrives.</summary>
    public long SecondDelayNanoseconds { get; init; }

    /// <summary>What is damaged of the first copy.</summary>
    public LinkFault Damage { get; init; }

    /// <summary>Where.</summary>
    public ulong DamageSeed { get; init; }

    /// <summary>What is damaged of the second copy.</summary>
    public LinkFault SecondDamage { get; init; }

    /// <summary>Where.</summary>
    public ulong SecondDamageSeed { get; init; }
}

namespace Aldis.Protocols.Impairment;

/// <summary>
/// What chance decided for one datagram, or one piece of a stream: nothing in it depends on when it was decided but <see cref="Drop"/> at a
/// full queue. It is what a log holds and what a replay gives back.
/// </summary>
internal readonly record struct LinkVerdict
{
    /// <summary>Why no copy arrives; on a stream <see cref="LinkFault.RandomLoss"/> is a retransmission. <see cref="LinkFault.None"/> else.</summary>
    public LinkFault Drop { get; init; }

    /// <summary>How much later than without the link it arrives: delay, jitter, what it is held back, what a retransmission costs. What it
    /// waits for a rate comes on top.</summary>
    public long DelayNanoseconds { get; init; }

    /// <summary>Whether later ones may overtake it.</summary>
    public bool IsHeldBack { get; init; }

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

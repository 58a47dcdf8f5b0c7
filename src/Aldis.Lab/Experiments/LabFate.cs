using Aldis.Protocols.Impairment;

namespace Aldis.Lab.Experiments;

/// <summary>What a scene does to a datagram that arrives.</summary>
internal sealed record LabFate
{
    /// <summary>How much later than others it arrives, so that they may overtake it, in nanoseconds.</summary>
    public long HeldNanoseconds { get; init; }

    /// <summary>How much later than itself it arrives once more, in nanoseconds; null: it does not.</summary>
    public long? SecondNanoseconds { get; init; }

    /// <summary>Whether bits are flipped, of the second copy too.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>As the link takes it.</summary>
    /// <param name="delayNanoseconds">Of the link.</param>
    /// <param name="number">Of the datagram; decides which bits are flipped.</param>
    public LinkVerdict Verdict(long delayNanoseconds, long number)
    {
        LinkFault damage = IsDamaged ? LinkFault.BitFlip : LinkFault.None;
        return new LinkVerdict
        {
            DelayNanoseconds = delayNanoseconds,
            HeldBackNanoseconds = HeldNanoseconds,
            IsTwice = SecondNanoseconds is not null,
            SecondDelayNanoseconds = SecondNanoseconds ?? 0,
            Damage = damage,
            DamageSeed = (ulong)number,
            SecondDamage = SecondNanoseconds is null ? LinkFault.None : damage,
            SecondDamageSeed = (ulong)number,
        };
    }
}

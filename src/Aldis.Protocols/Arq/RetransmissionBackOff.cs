namespace Aldis.Protocols.Arq;

/// <summary>What repeated expiry does to the retransmission timer of stop-and-wait, go-back-N and single frames.</summary>
internal enum RetransmissionBackOff : byte
{
    /// <summary>The timer stays as it is.</summary>
    None = 0,

    /// <summary>The first six expiries leave the timer as it is; every further one doubles it.</summary>
    LinearFirst = 1,

    /// <summary>Every expiry doubles the timer (RFC 6298, section 5.5).</summary>
    Exponential = 2,
}

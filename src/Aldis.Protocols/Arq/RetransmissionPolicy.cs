namespace Aldis.Protocols.Arq;

/// <summary>The retransmission timer of stop-and-wait, go-back-N and of a selective repeat with a timer for each frame (docs/arq.md,
/// "Retransmission timer").</summary>
/// <param name="FixedTimeoutNs">The time-out in nanoseconds; 0 measures the round trip and adapts (RFC 6298).</param>
/// <param name="BackOff">What repeated expiry does.</param>
internal readonly record struct RetransmissionPolicy(long FixedTimeoutNs, RetransmissionBackOff BackOff)
{
    /// <summary>Adaptive without back-off: what a laboratory link with random loss wants.</summary>
    public static RetransmissionPolicy Auto => new(0, RetransmissionBackOff.None);

    /// <summary>Adaptive; doubling after the sixth expiry: what a shared network wants.</summary>
    public static RetransmissionPolicy Shared => new(0, RetransmissionBackOff.LinearFirst);

    /// <summary>A constant time-out.</summary>
    /// <param name="timeoutNs">The time-out in nanoseconds, at least 1.</param>
    /// <returns>The policy.</returns>
    public static RetransmissionPolicy Constant(long timeoutNs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutNs, 1);
        return new(timeoutNs, RetransmissionBackOff.None);
    }
}

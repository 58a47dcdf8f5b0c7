namespace Aldis.Protocols.Messages;

/// <summary>What a server promises and allows.</summary>
internal sealed record MessageSessionOptions
{
    /// <summary>What its acknowledgements mean.</summary>
    public AcknowledgementLevel Level { get; init; } = AcknowledgementLevel.Durable;

    /// <summary>Most payload bytes of a message, 0 to <see cref="int.MaxValue"/>. The driver's buffer must be able to hold as many.</summary>
    public int MaxLength { get; init; } = 1_048_576;

    /// <summary>Most messages of a client that may be taken and not committed, <see cref="MessageLimits.MinWindow"/> to
    /// <see cref="MessageLimits.MaxWindow"/>.</summary>
    public int Window { get; init; } = MessageLimits.DefaultWindow;

    /// <summary>Milliseconds after which a client tries again what was refused as busy or disk-full.</summary>
    public int RetryMilliseconds { get; init; } = 1000;
}

namespace Aldis.Services.Exchange;

/// <summary>How long <see cref="ExchangeClient"/> waits.</summary>
public sealed record ExchangeClientOptions : ClientOptions
{
    /// <summary>
    /// How long the peer must be quiet before a reply that is not the message itself counts as complete. Default 200 ms; more than zero.
    /// </summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromMilliseconds(200);
}

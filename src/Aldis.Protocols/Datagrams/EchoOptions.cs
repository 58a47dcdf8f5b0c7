namespace Aldis.Protocols.Datagrams;

/// <summary>What the datagram echo answers.</summary>
internal sealed record EchoOptions
{
    /// <summary>Where <see cref="DatagramsPerSecond"/> is not said.</summary>
    public const int DefaultDatagramsPerSecond = 20_000;

    /// <summary>Datagrams a second that one address (an IPv6 network is one) gets at most, at least 1, and a tenth of that at once. It bounds
    /// what two programs that answer each other can make of one datagram.</summary>
    public int DatagramsPerSecond { get; init; } = DefaultDatagramsPerSecond;

    /// <summary>Says whether this process receives datagrams at the source of a path. Of none by default.</summary>
    public Predicate<PathKey> IsOwn { get; init; } = static _ => false;

    /// <summary>Says whether the source of a path may be answered though a datagram shows no token. Of all by default.</summary>
    public Predicate<PathKey> IsAllowed { get; init; } = static _ => true;

    /// <summary>A random number that nobody else knows (<see cref="Fairness.NetworkRates"/>).</summary>
    public UInt128 Secret { get; init; }
}

using System.Security.Cryptography.X509Certificates;
using Aldis.Protocols.Impairment;

namespace Aldis.Transports.Trials;

/// <summary>One transport over one link, for a while.</summary>
internal sealed record TrialOptions
{
    /// <summary>The transport.</summary>
    public required TrialTransport Transport { get; init; }

    /// <summary>What the link does on the way there; null for no link at all.</summary>
    public LinkFaults? ToTarget { get; init; }

    /// <summary>What it does on the way back.</summary>
    public LinkFaults? ToClient { get; init; }

    /// <summary>Decides every draw of the link.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How long the trial takes.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>When the trial is broken off although it needs longer: what waits for answers over a bad link may.</summary>
    public TimeSpan MostTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes of a message whose round trip is measured.</summary>
    public int MessageBytes { get; init; } = 64;

    /// <summary>Bytes of a datagram of a transfer.</summary>
    public int DatagramBytes { get; init; } = 1_472;

    /// <summary>What TLS shows; null for other transports.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>How long an answer to a datagram is waited for.</summary>
    internal TimeSpan AnswerTime
    {
        get
        {
            TimeSpan there = ToTarget is null ? TimeSpan.Zero : ToTarget.Delay + (4 * ToTarget.Jitter) + ToTarget.ReorderDelay;
            TimeSpan back = ToClient is null ? TimeSpan.Zero : ToClient.Delay + (4 * ToClient.Jitter) + ToClient.ReorderDelay;
            return (1.5 * (there + back)) + TimeSpan.FromMilliseconds(50);
        }
    }
}

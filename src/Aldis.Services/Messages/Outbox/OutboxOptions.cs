using Aldis.Journal.Storage;
using Aldis.Transports.Randomness;

namespace Aldis.Services.Messages.Outbox;

/// <summary>Where an outbox is and how it is kept.</summary>
public sealed record OutboxOptions
{
    /// <summary>The outbox's own directory; created where it does not exist.</summary>
    public required string Directory { get; init; }

    /// <summary>The id its messages are numbered under. Null: the one the outbox has, a random one for a new outbox.</summary>
    public string? ClientId { get; init; }

    /// <summary>Longest line taken, in bytes.</summary>
    public int MaxLineBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of lines after which a new segment is begun; what is acknowledged is deleted by whole segments.</summary>
    public int SegmentBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>The files it is kept in.</summary>
    internal IStorage Storage { get; init; } = FileStorage.Instance;

    /// <summary>Where the random id and the salt of a new outbox come from.</summary>
    internal Func<int, byte[]> RandomBytes { get; init; } = SystemRandom.GetBytes;
}

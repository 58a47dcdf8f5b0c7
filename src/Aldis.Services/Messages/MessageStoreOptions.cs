using Aldis.Journal.Embedded;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Messages;

/// <summary>Where messages are kept and what their acknowledgement means. Sizes are bytes.</summary>
public sealed record MessageStoreOptions
{
    /// <summary>The journal's own directory, usually <c>&lt;data&gt;/journal</c>; created where it does not exist.</summary>
    public required string Directory { get; init; }

    /// <summary>What an acknowledgement means. Default <see cref="AcknowledgementLevel.Durable"/>.</summary>
    public AcknowledgementLevel Level { get; init; } = AcknowledgementLevel.Durable;

    /// <summary>The most bytes of a message, at most 16 MiB. Default 1 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// Messages a native client may have outstanding, <see cref="MessageLimits.MinWindow"/> to <see cref="MessageLimits.MaxWindow"/>.
    /// Default 256.
    /// </summary>
    public int Window { get; init; } = MessageLimits.DefaultWindow;

    /// <inheritdoc cref="JournalOptions.MaxClients"/>
    public int MaxClients { get; init; } = 1_000_000;

    /// <summary>Free space of the disk below which messages are refused. Default 256 MiB.</summary>
    public long FreeSpaceFloorBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Oldest messages are deleted while the journal is larger. Null, the default: never.</summary>
    public long? RetainBytes { get; init; }

    /// <summary>Messages older than this may be deleted. Null, the default: never.</summary>
    public TimeSpan? RetainAge { get; init; }

    /// <summary>
    /// Clients of which no message is left and that were not seen for longer are forgotten (docs/protocols/messages.md section 5.5). Null,
    /// the default: never.
    /// </summary>
    public TimeSpan? ForgetAge { get; init; }

    /// <inheritdoc cref="JournalOptions.Forgotten"/>
    public Action<ClientForgotten>? Forgotten { get; init; }

    /// <inheritdoc cref="JournalOptions.Deleted"/>
    public Action<SegmentDeletion>? Deleted { get; init; }

    /// <inheritdoc cref="JournalOptions.ClockJumped"/>
    public Action<TimeSpan>? ClockJumped { get; init; }

    /// <inheritdoc cref="JournalOptions.Progress"/>
    internal Action<RecoveryProgress>? Progress { get; init; }

    /// <inheritdoc cref="JournalOptions.RotationPostponed"/>
    public Action<Exception>? RotationPostponed { get; init; }

    /// <summary>Repair a damaged journal instead of refusing to open it (docs/protocols/journal.md section 7). Default off.</summary>
    public bool Repair { get; init; }
}

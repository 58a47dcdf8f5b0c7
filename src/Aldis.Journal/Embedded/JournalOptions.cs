using Aldis.Protocols.Messages;

namespace Aldis.Journal.Embedded;

/// <summary>How a journal is kept. Sizes are bytes.</summary>
public sealed record JournalOptions
{
    internal const int MaxSegmentBytes = 1024 * 1024 * 1024;

    /// <summary>The journal's own directory, usually <c>&lt;data&gt;/journal</c>; created where it does not exist.</summary>
    public required string Directory { get; init; }

    /// <summary>
    /// What an acknowledgement means (docs/protocols/journal.md section 4). Not <see cref="AcknowledgementLevel.Replicated"/>: a journal is on
    /// one machine.
    /// </summary>
    public AcknowledgementLevel Level { get; init; } = AcknowledgementLevel.Durable;

    /// <summary>
    /// How many messages a client may have outstanding, and so be unsure of: <see cref="MessageLimits.MinWindow"/> to
    /// <see cref="MessageLimits.MaxWindow"/>. The CRCs of that many are kept at least, to tell a repeat from a conflict; after the window was
    /// made smaller, as many as the client may still be unsure of.
    /// </summary>
    public int Window { get; init; } = MessageLimits.DefaultWindow;

    /// <summary>Longest payload taken, at most 16 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Most bytes of records waiting or being written, of all appenders together.</summary>
    public int MaxQueuedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Most bytes of records waiting or being written of one appender; one record is always admitted.</summary>
    public int MaxQueuedBytesPerAppender { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Most clients the journal keeps marks of; fewer where the CRCs of so many windows would not fit into a segment's header.
    /// </summary>
    public int MaxClients { get; init; } = 1_000_000;

    /// <summary>Bytes of records after which a new segment is begun; at most 1 GiB.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Zeros written ahead of the records, so that most syncs need not record a new length of the file. 0: none.</summary>
    public int PrepareBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Free space below which messages are refused.</summary>
    public long FreeSpaceFloorBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Oldest segments are deleted while the journal is larger. Null: never.</summary>
    public long? RetainBytes { get; init; }

    /// <summary>
    /// A segment is deleted when its newest message is older, by time that has passed and not by stamps (docs/protocols/journal.md section
    /// 5). Null: never.
    /// </summary>
    public TimeSpan? RetainAge { get; init; }

    /// <summary>
    /// A client of which no message is left is forgotten when its last one is older, likewise by time that has passed: its mark goes, and its
    /// next message is the first of a new client (docs/protocols/journal.md section 5.3). Null: never. With it the journal is written in
    /// version 2 of the format from then on.
    /// </summary>
    public TimeSpan? ForgetAge { get; init; }

    /// <summary>At levels below durable, and before a seal at any level: longest time until what was written is synced.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether what waits for a commit goes on inside the writer thread, before the next commit, instead of on the thread pool. Saves a hop
    /// for each connection and commit; whatever runs there holds up everyone's next commit. Nothing else that wakes the waiter has it go on
    /// inside the call: not an append, which commits at level received, nor <see cref="Stores.IMessageAppender.Wake"/>.
    /// </summary>
    public bool RunContinuationsInline { get; init; }

    /// <summary>Whether to repair a damaged journal instead of refusing to open it (docs/protocols/journal.md section 7).</summary>
    public bool Repair { get; init; }

    /// <summary>
    /// The clock of receipt and birth, and, with the elapsed time, of retention. The elapsed time is its timestamp, or for the system's
    /// clock that of the machine.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the salt of a new journal comes from; tests give a seeded one.</summary>
    /// <remarks>The first 32 bits of a new id are random (RFC 9562 section 5.4), and the runtime asks the system for them, not OpenSSL.</remarks>
    internal Func<uint> CreateSalt { get; init; } = static () => BitConverter.ToUInt32(Guid.NewGuid().ToByteArray());

    /// <summary>Which start of the machine this is; tests start machines of their own.</summary>
    internal Func<Guid> ReadBootId { get; init; } = BootClock.ReadId;

    /// <summary>False: the caller steps the writer itself, so that a test has no thread but its own.</summary>
    internal bool StartWriter { get; init; } = true;

    /// <summary>
    /// Told, by the writer thread or the one that opens the journal, of each segment that retention deleted. It must not throw.
    /// </summary>
    public Action<SegmentDeletion>? Deleted { get; init; }

    /// <summary>Told, by the writer thread, of each client that was forgotten. It must not throw.</summary>
    public Action<ClientForgotten>? Forgotten { get; init; }

    /// <summary>
    /// Told likewise when the wall clock has jumped, and how far: negative where it went back. For an hour nothing is deleted by age then.
    /// </summary>
    public Action<TimeSpan>? ClockJumped { get; init; }

    /// <summary>
    /// Told, by the one who opens the journal, after each segment that was read: a long journal takes seconds. It must not throw.
    /// </summary>
    internal Action<RecoveryProgress>? Progress { get; init; }

    /// <summary>
    /// Told likewise when a full segment cannot be followed by the next because the process or the machine has no file descriptor left for
    /// it. Nothing is lost or refused: the present one goes on beyond its size until there is one. Told once until then.
    /// </summary>
    public Action<Exception>? RotationPostponed { get; init; }

    /// <summary>
    /// Told once, by the writer thread, when a write or a sync has failed: nothing is taken or acknowledged from then on. It must not
    /// throw.
    /// </summary>
    public Action<Exception>? Failed { get; init; }

    /// <summary>Name of an option outside its range, or null.</summary>
    internal string? FindFault() =>
        string.IsNullOrEmpty(Directory) ? nameof(Directory)
        : Level is < AcknowledgementLevel.Received or > AcknowledgementLevel.Durable ? nameof(Level)
        : Window is < MessageLimits.MinWindow or > MessageLimits.MaxWindow ? nameof(Window)
        : MaxMessageBytes is < 0 or > RecordCodec.MaxPayloadLength ? nameof(MaxMessageBytes)
        : MaxQueuedBytes is <= 0 or > MaxSegmentBytes ? nameof(MaxQueuedBytes)
        : MaxQueuedBytesPerAppender <= 0 ? nameof(MaxQueuedBytesPerAppender)
        : MaxClients <= 0 ? nameof(MaxClients)
        : SegmentBytes is <= 0 or > MaxSegmentBytes ? nameof(SegmentBytes)
        : PrepareBytes < 0 ? nameof(PrepareBytes)
        : FreeSpaceFloorBytes < 0 ? nameof(FreeSpaceFloorBytes)
        : SyncInterval <= TimeSpan.Zero ? nameof(SyncInterval)
        : null;
}

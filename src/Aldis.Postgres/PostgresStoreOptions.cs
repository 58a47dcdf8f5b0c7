using Aldis.Protocols.Messages;

namespace Aldis.Postgres;

/// <summary>Where messages are kept in PostgreSQL, and how.</summary>
public sealed record PostgresStoreOptions
{
    /// <summary>
    /// The database: <c>postgres[ql]://[user@]host[:port][,host[:port]…]/database[?sslmode=…&amp;sslrootcert=…]</c>, every host a node of
    /// it.
    /// Never with a password: that is in <c>PGPASSWORD</c>, in the file <c>PGPASSFILE</c> names, or in <c>~/.pgpass</c>.
    /// </summary>
    public required string Address { get; init; }

    /// <summary>
    /// The least an acknowledgement means: <see cref="AcknowledgementLevel.Durable"/>, the default, or <see
    /// cref="AcknowledgementLevel.Replicated"/>, which is said after a standby was seen to have the commit on its disk.
    /// </summary>
    public AcknowledgementLevel Level { get; init; } = AcknowledgementLevel.Durable;

    /// <summary>The server's own id, which no other server of the database has: 1 to 32 of A–Z a–z 0–9 . _ -</summary>
    public required string Node { get; init; }

    /// <summary>A file that keeps the highest timeline of the database ever seen, so that a primary from before a promotion is not used;
    /// null keeps it in memory.</summary>
    public string? TimelineFile { get; init; }

    /// <summary>Longest payload taken, in bytes; 1 MiB by default.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>How many messages a client may have outstanding, 16 to 65,535; 256 by default.</summary>
    public int Window { get; init; } = MessageLimits.DefaultWindow;

    /// <summary>How long messages are kept; null, the default, for ever. Whole days are dropped, never how far a client is.</summary>
    public TimeSpan? RetainAge { get; init; }

    /// <summary>Told which node is written to, and why none is, whenever that changes; from any thread, one call at a time. It must return at
    /// once and not throw.</summary>
    public Action<StoreNews>? Told { get; init; }

    /// <summary>The clock of time-outs; the system's by default. What is stored has the time of the database.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

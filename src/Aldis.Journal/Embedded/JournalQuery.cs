namespace Aldis.Journal.Embedded;

/// <summary>Which messages of a journal are wanted.</summary>
public sealed record JournalQuery
{
    /// <summary>Only those of this client; the empty id is the plain form. Null: all.</summary>
    public string? Client { get; init; }

    /// <summary>Only those received then or later. Null: all.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether to wait for more at the end.</summary>
    public bool Follow { get; init; }

    /// <summary>How often to look for more.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);
}

namespace Aldis.Postgres.Reading;

/// <summary>Which messages of a store are wanted.</summary>
internal sealed record StoreQuery
{
    /// <summary>Only those of this client; the empty id is the plain form. Null: all.</summary>
    public string? Client { get; init; }

    /// <summary>Only those received then or later. Null: all.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only those received before then. Null: all.</summary>
    public DateTimeOffset? Until { get; init; }
}

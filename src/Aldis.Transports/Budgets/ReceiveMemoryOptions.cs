namespace Aldis.Transports.Budgets;

/// <summary>How much the listeners of one host may hold of what they received and nobody took.</summary>
internal sealed record ReceiveMemoryOptions
{
    /// <summary>For one address, unless less than twice that is there for all.</summary>
    public const long DefaultMaxBytesPerAddress = 192L << 20;

    private const long MostBytes = 1L << 30;

    /// <summary>Bytes in all: 1 GiB, or a quarter of what the process may have where that is less.</summary>
    public long MaxBytes { get; init; } = Math.Min(MostBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>Bytes for the connections of one address.</summary>
    public long MaxBytesPerAddress { get; init; } = DefaultMaxBytesPerAddress;

    /// <summary>The clock of the decisions.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

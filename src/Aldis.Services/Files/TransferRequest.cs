using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>How a transfer is to be made.</summary>
internal sealed record TransferRequest
{
    /// <summary>The transfer's key: 16 hexadecimal digits (0–9, a–f), the same when the same copy is tried again.</summary>
    public required string Key { get; init; }

    /// <summary>With what it is proved.</summary>
    public DigestAlgorithm Algorithm { get; init; }

    /// <summary>What is to be done where something has the name.</summary>
    public ConflictPolicy Policy { get; init; }

    /// <summary>Whether nothing is stored, and what is there is compared.</summary>
    public bool IsVerify { get; init; }
}

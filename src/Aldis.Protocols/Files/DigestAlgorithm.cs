namespace Aldis.Protocols.Files;

/// <summary>With what a transfer is proved; both give 32 bytes.</summary>
internal enum DigestAlgorithm
{
    /// <summary><c>blake3</c>.</summary>
    Blake3,

    /// <summary><c>sha256</c>.</summary>
    Sha256,
}

namespace Aldis.Protocols.Files;

/// <summary>
/// A digest of 32 bytes that is computed from what is appended. Not thread-safe. The algorithms are the drivers' (<see cref="Create"/>); nothing here
/// depends on which.
/// </summary>
internal abstract class ContentHash : IDisposable
{
    /// <summary>Makes the hash of an algorithm; what decides is given one and has none of its own.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <returns>A hash of nothing so far; the caller disposes it.</returns>
    public delegate ContentHash Create(DigestAlgorithm algorithm);

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">The bytes; they are not kept.</param>
    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Ends the digest, and begins anew with nothing.</summary>
    /// <returns>The digest of what was appended since the last end.</returns>
    public abstract ContentDigest Finish();

    /// <inheritdoc/>
    public abstract void Dispose();
}

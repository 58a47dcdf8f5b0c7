namespace Aldis.Protocols.Files;

/// <summary>
/// The chain of a file's chunks (docs/protocols/files.md section 8): <c>R(0) = H(chunk 0)</c>, <c>R(k) = H(R(k−1) ‖ H(chunk k))</c>. The last
/// value is the digest of the file, and a resume needs nothing but the last one that was verified.
/// </summary>
internal static class ChunkChain
{
    /// <summary>The chain value behind a chunk.</summary>
    /// <param name="hash">A hash of nothing so far; it is that again afterwards.</param>
    /// <param name="before">The value before the chunk, or null for the first.</param>
    /// <param name="chunk">The digest of the chunk alone.</param>
    /// <returns>The value.</returns>
    public static ContentDigest Next(ContentHash hash, ContentDigest? before, ContentDigest chunk)
    {
        if (before is not { } value)
        {
            return chunk;
        }

        Span<byte> pair = stackalloc byte[2 * ContentDigest.Size];
        value.CopyTo(pair);
        chunk.CopyTo(pair[ContentDigest.Size..]);
        hash.Append(pair);
        return hash.Finish();
    }
}

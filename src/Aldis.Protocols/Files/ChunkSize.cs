namespace Aldis.Protocols.Files;

/// <summary>Into what chunks a file is cut (docs/protocols/files.md section 8): both sides know it from the size.</summary>
internal static class ChunkSize
{
    /// <summary>Bytes of the smallest chunk: 1 MiB.</summary>
    public const int Min = 1 << 20;

    /// <summary>Bytes of the largest chunk: 16 MiB.</summary>
    public const int Max = 16 << 20;

    /// <summary>Most chunks of a file whose chunks are shorter than <see cref="Max"/>.</summary>
    public const int MaxCount = 2000;

    /// <summary>The chunk of a file.</summary>
    /// <param name="size">Its bytes, or <see cref="ManifestEntry.UnknownSize"/>.</param>
    /// <returns>Bytes of each chunk but the last, a power of two.</returns>
    public static int Of(long size)
    {
        int chunk = Min;
        while (chunk < Max && size > (long)chunk * MaxCount)
        {
            chunk *= 2;
        }

        return chunk;
    }

    /// <summary>Bytes of the chunk that begins at an offset.</summary>
    /// <param name="size">Bytes of the file, not unknown.</param>
    /// <param name="offset">A multiple of the file's chunk, less than <paramref name="size"/> unless both are 0.</param>
    /// <returns>0 for the only chunk of an empty file, otherwise 1 to <see cref="Max"/>.</returns>
    public static int At(long size, long offset) => (int)Math.Min(Of(size), size - offset);

    /// <summary>Whether a resume may begin at an offset: it is a border of chunks with something left behind it.</summary>
    /// <param name="size">Bytes of the file, or <see cref="ManifestEntry.UnknownSize"/>, which is never resumed.</param>
    /// <param name="offset">The offset.</param>
    public static bool IsBorder(long size, long offset) => offset > 0 && offset < size && offset % Of(size) == 0;
}

namespace Aldis.Journal.Storage;

/// <summary>An open file of an <see cref="IStorage"/>. One writer; readers may read at the same time through files of their own.</summary>
internal interface IStorageFile : IDisposable
{
    /// <summary>What failures call it, in place of the path it was opened by: one that it is about to be given, or that people know.</summary>
    /// <param name="path">The path.</param>
    void NameInFailures(string path)
    {
        // Whose failures name nothing has nothing to do.
    }

    /// <summary>Length of the file in bytes, as it is now.</summary>
    long Length { get; }

    /// <summary>Reads up to the length of <paramref name="buffer"/> bytes.</summary>
    /// <param name="offset">Where in the file, in bytes.</param>
    /// <param name="buffer">Where to.</param>
    /// <returns>Number of bytes read; less than asked for at the end of the file, 0 beyond it.</returns>
    int Read(long offset, Span<byte> buffer);

    /// <summary>
    /// Writes all of <paramref name="data"/>; the file grows where it must. When this throws, any part may have been written.
    /// </summary>
    /// <param name="offset">Where in the file, in bytes.</param>
    /// <param name="data">What to write.</param>
    void Write(long offset, ReadOnlySpan<byte> data);

    /// <summary>As <see cref="Write(long, ReadOnlySpan{byte})"/>, of pieces that follow each other.</summary>
    /// <param name="offset">Where in the file, in bytes.</param>
    /// <param name="segments">What to write.</param>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        foreach (ReadOnlyMemory<byte> segment in segments)
        {
            Write(offset, segment.Span);
            offset += segment.Length;
        }
    }

    /// <summary>
    /// As <see cref="Write(long, ReadOnlySpan{byte})"/>, of much that is written once and that nobody reads soon: past the system's cache where
    /// the file system is known to do that well, which costs a fraction of the processor's time. Durable after <see cref="Sync"/> as well.
    /// </summary>
    /// <param name="offset">Where in the file, in bytes; a multiple of <see cref="DirectMemory.Alignment"/>.</param>
    /// <param name="data">What to write: a multiple of it, in memory of <see cref="DirectMemory"/>, not changed meanwhile.</param>
    /// <returns>Whether the disk has it, so that no failure to write it can come later; false where the cache took it.</returns>
    bool WriteDirect(long offset, ReadOnlySpan<byte> data);

    /// <summary>
    /// Makes what was written durable, the length included (fdatasync). After it has thrown nothing is known about the file.
    /// </summary>
    void Sync();

    /// <summary>Cuts or extends the file; durable after <see cref="Sync"/>.</summary>
    /// <param name="length">New length in bytes.</param>
    void SetLength(long length);

    /// <summary>What the system says of it now; null where it does not tell.</summary>
    FileStatus? GetStatus();

    /// <summary>Locks the file for this opening alone, without waiting; the lock ends with it.</summary>
    /// <returns>False where another opening holds a lock. True where the file system knows none.</returns>
    bool TryLock();

    /// <summary>Says when its content was last changed.</summary>
    /// <param name="nanoseconds">Nanoseconds since 1970, not negative.</param>
    void SetModified(long nanoseconds);

    /// <summary>Takes permissions away; of no account on Windows.</summary>
    /// <param name="kept">Those that it keeps, as far as it has them.</param>
    void RestrictMode(UnixFileMode kept);

    /// <summary>Keeps a few bytes about the file with it, in place of those that were kept before.</summary>
    /// <param name="mark">At most 64 bytes.</param>
    /// <returns>False where the file system keeps none.</returns>
    bool TrySetMark(ReadOnlySpan<byte> mark);

    /// <summary>Reads what <see cref="TrySetMark"/> kept.</summary>
    /// <returns>The bytes; none where there are none.</returns>
    byte[] GetMark();
}

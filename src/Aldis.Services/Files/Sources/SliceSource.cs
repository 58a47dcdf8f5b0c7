using Aldis.Protocols.Files;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Services.Files.Sources;

/// <summary>A part of an open file as the only file of a transfer.</summary>
/// <param name="file">The file, which is not closed.</param>
/// <param name="start">Where the part begins, in bytes.</param>
/// <param name="entry">What it is called over there, and its bytes.</param>
internal sealed class SliceSource(SafeFileHandle file, long start, ManifestEntry entry) : ITransferSource
{
    /// <inheritdoc/>
    public IReadOnlyList<ManifestEntry> Entries { get; } = [entry];

    /// <inheritdoc/>
    public ValueTask<ISourceFile> OpenAsync(int entry, CancellationToken cancellationToken) =>
        new(new Slice(file, start, Entries[entry].Size));

    private sealed class Slice(SafeFileHandle file, long start, long size) : ISourceFile
    {
        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            RandomAccess.ReadAsync(file, buffer[..(int)Math.Min(buffer.Length, size - offset)], start + offset, cancellationToken);

        /// <summary>What is appended changes nothing; a file that was emptied does.</summary>
        public bool IsUnchanged() => RandomAccess.GetLength(file) >= start + size;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

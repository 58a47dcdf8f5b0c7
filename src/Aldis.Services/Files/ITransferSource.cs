using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>What is sent in one transfer: a list of entries that is fixed, and the content of its files.</summary>
internal interface ITransferSource
{
    /// <summary>The entries; directories come before what is in them.</summary>
    IReadOnlyList<ManifestEntry> Entries { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="entry">Its number.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="IOException">It cannot be read (or <see cref="UnauthorizedAccessException"/>): the entry is skipped as
    /// <see cref="RefusalCode.Unreadable"/>.</exception>
    ValueTask<ISourceFile> OpenAsync(int entry, CancellationToken cancellationToken);
}

using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>What a server shares for fetching. Thread-safe. Paths are what a client said: hostile.</summary>
internal interface ITransferShare
{
    /// <summary>Finds what is to be sent; entries are named as docs/protocols/files.md section 12 says.</summary>
    /// <param name="paths">Paths below the shared directory, UTF-8; an empty one is everything.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>What is there; null where one of the paths is not.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    ValueTask<ITransferSource?> OpenAsync(IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken);

    /// <summary>Lists what is directly in directories.</summary>
    /// <param name="paths">As for <see cref="OpenAsync"/>.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>The entries, named from the root of what is shared; null where one of the paths is not there.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    ValueTask<IReadOnlyList<ManifestEntry>?> ListAsync(IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken);
}

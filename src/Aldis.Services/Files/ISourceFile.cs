using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>An open file of a source. One reader.</summary>
internal interface ISourceFile : IAsyncDisposable
{
    /// <summary>Reads. What can be read only once (a pipe) is read in order, each byte once.</summary>
    /// <param name="offset">Where in the file, in bytes.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Bytes read; 0 only at the end.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>
    /// Looks whether the file is what its <see cref="ManifestEntry"/> says, by size, time and change number, and still has its name. Asked before the
    /// last chunk is vouched for; true for what has no state, as a pipe.
    /// </summary>
    bool IsUnchanged();
}

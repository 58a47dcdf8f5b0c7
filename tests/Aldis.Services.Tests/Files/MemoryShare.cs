using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Files;

namespace Aldis.Services.Tests.Files;

/// <summary>Shares a source in memory under the path <c>all</c>.</summary>
/// <param name="source">What is shared.</param>
internal sealed class MemoryShare(ITransferSource source) : ITransferShare
{
    public ValueTask<ITransferSource?> OpenAsync(IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken) =>
        new(IsThere(paths) ? source : null);

    public ValueTask<IReadOnlyList<ManifestEntry>?> ListAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken) => new(IsThere(paths) ? source.Entries : null);

    private static bool IsThere(IReadOnlyList<ReadOnlyMemory<byte>> paths) => paths is [var path] && Encoding.UTF8.GetString(path.Span) == "all";
}

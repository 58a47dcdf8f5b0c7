using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Files;

namespace Aldis.Services.Tests.Files;

/// <summary>Files in memory that are to be sent.</summary>
internal sealed class MemorySource : ITransferSource
{
    private readonly List<ManifestEntry> _entries = [];
    private readonly List<byte[]> _contents = [];

    public IReadOnlyList<ManifestEntry> Entries => _entries;

    /// <summary>Which entry has changed, once its last byte was read.</summary>
    public int Changed { get; init; } = -1;

    /// <summary>Which entry ends before its size says.</summary>
    public int Short { get; init; } = -1;

    public byte[] Content(int entry) => _contents[entry];

    public MemorySource Add(string path, byte[] content, long? size = null)
    {
        _entries.Add(new ManifestEntry
        {
            Kind = FileEntryKind.File,
            Path = Encoding.UTF8.GetBytes(path),
            Size = size ?? content.Length,
            ModifiedNs = 1,
            Mode = 0b110_100_100,
            Change = 7,
        });
        _contents.Add(content);
        return this;
    }

    public MemorySource AddRandom(string path, int length, int seed)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return Add(path, content);
    }

    public ValueTask<ISourceFile> OpenAsync(int entry, CancellationToken cancellationToken) =>
        new(new Opened(_contents[entry], isChanged: entry == Changed, isShort: entry == Short));

    private sealed class Opened(byte[] content, bool isChanged, bool isShort) : ISourceFile
    {
        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            int length = isShort ? content.Length / 2 : content.Length;
            int count = (int)Math.Clamp(length - offset, 0, Math.Min(buffer.Length, 100_000));
            content.AsSpan((int)offset, count).CopyTo(buffer.Span);
            return new(count);
        }

        public bool IsUnchanged() => !isChanged;

        public ValueTask DisposeAsync() => default;
    }
}

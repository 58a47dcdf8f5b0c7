using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Integrity;

namespace Aldis.Services.Tests.Files;

/// <summary>A store in memory that does at once what another waits for a disk for: what it has verified it keeps for the next attempt.</summary>
internal sealed class MemoryStore : ITransferStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Part> _parts = [];
    private readonly Dictionary<string, Part> _files = [];

    public FilesHello Limits { get; init; } = new(1L << 40, 1000, 1 << 20);

    /// <summary>Entries refused for want of room, by the number of the transfer's opening, from 1, and the path.</summary>
    public Func<int, string, bool> IsTooMuch { get; init; } = static (_, _) => false;

    /// <summary>How often a transfer was opened.</summary>
    public int Openings { get; private set; }

    /// <summary>How often a file was stored under any name.</summary>
    public int Stored { get; private set; }

    /// <summary>Bytes that were written, those that were written again included.</summary>
    public long Written { get; private set; }

    public byte[]? this[string path]
    {
        get
        {
            lock (_gate)
            {
                return _files.TryGetValue(path, out Part? file) ? file.Content.ToArray() : null;
            }
        }
    }

    public ValueTask<IIncomingTransfer> OpenAsync(TransferOffer offer, ITransferObserver observer) =>
        new(new Incoming(this, offer, observer));

    private sealed class Part(ManifestEntry described)
    {
        public ManifestEntry Described { get; } = described;

        public MemoryStream Content { get; } = new();

        public long Verified { get; set; }

        public ContentDigest Chain { get; set; }
    }

    private sealed class Incoming : IIncomingTransfer
    {
        private readonly MemoryStore _store;
        private readonly TransferOffer _offer;
        private readonly ITransferObserver _observer;

        public Incoming(MemoryStore store, TransferOffer offer, ITransferObserver observer)
        {
            _store = store;
            _offer = offer;
            _observer = observer;
            lock (_store._gate)
            {
                _store.Openings++;
                Answers = [.. offer.Entries.Select(Answer)];
            }
        }

        public IReadOnlyList<EntryAnswer> Answers { get; }

        public ValueTask WriteAsync(int entry, long offset, ReadOnlyMemory<byte> data)
        {
            Part part = _store._parts[Path(entry)];
            part.Content.Position = offset;
            _store.Written += data.Length;
            part.Content.Write(data.Span);
            return default;
        }

        public ValueTask CompleteChunkAsync(int entry, long end, ContentDigest chain, bool isLast)
        {
            lock (_store._gate)
            {
                Part part = _store._parts[Path(entry)];
                part.Content.SetLength(end);
                part.Verified = end;
                part.Chain = chain;
                if (isLast)
                {
                    _store._parts.Remove(Path(entry));
                    _store._files.Add(Path(entry), part);
                    _store.Stored++;
                }
            }

            if (isLast)
            {
                _observer.HandleStored(entry, Path(entry), isRenamed: false);
            }
            else
            {
                _observer.HandleVerified(entry, end);
            }

            return default;
        }

        public ValueTask AbandonAsync(int entry, bool discard)
        {
            if (discard)
            {
                _store._parts.Remove(Path(entry));
            }

            return default;
        }

        public ValueTask<ContentDigest?> ComputeDigestAsync(int entry)
        {
            using ContentHash hash = ContentHashes.Create(_offer.Opening.Algorithm);
            byte[] content = _store[Path(entry)]!;
            ContentDigest? chain = null;
            for (int offset = 0; offset < content.Length || chain is null; offset += ChunkSize.Of(content.Length))
            {
                hash.Append(content.AsSpan(offset, ChunkSize.At(content.Length, offset)));
                chain = ChunkChain.Next(hash, chain, hash.Finish());
            }

            return new(chain);
        }

        public ValueTask DisposeAsync() => default;

        private string Path(int entry) => Encoding.UTF8.GetString(_offer.Entries[entry].Path.Span);

        private EntryAnswer Answer(ManifestEntry entry, int number)
        {
            if (entry.Kind != FileEntryKind.File)
            {
                return new EntryAnswer { Kind = TransferUnitKind.Have };
            }

            string path = Path(number);
            if (_store.IsTooMuch(_store.Openings, path))
            {
                return new EntryAnswer { Kind = TransferUnitKind.Nak, Code = RefusalCode.DiskFull };
            }

            if (_store._files.TryGetValue(path, out Part? file))
            {
                return new EntryAnswer
                {
                    Kind = file.Described.IsSameState(entry) ? TransferUnitKind.Have
                        : file.Content.Length == entry.Size ? TransferUnitKind.Prove : TransferUnitKind.Nak,
                };
            }

            if (_store._parts.TryGetValue(path, out Part? part) && part.Described.IsSameState(entry) && part.Verified > 0)
            {
                return new EntryAnswer { Kind = TransferUnitKind.Resume, Offset = part.Verified, Chain = part.Chain };
            }

            _store._parts[path] = new Part(entry);
            return new EntryAnswer { Kind = TransferUnitKind.Want, IsChanged = part is not null && !part.Described.IsSameState(entry) };
        }
    }
}

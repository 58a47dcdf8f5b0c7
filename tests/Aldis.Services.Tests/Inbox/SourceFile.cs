using System.Buffers.Binary;
using System.Text;
using Aldis.Protocols.Files;

namespace Aldis.Services.Tests.Inbox;

/// <summary>A file that is sent, most of it zeros: each chunk has bytes of its own at its beginning and at its end.</summary>
internal sealed class SourceFile(string path, long size, int content = 1)
{
    private const int PieceBytes = 4096;

    public string Path => path;

    public long Size => size;

    public int Chunk => ChunkSize.Of(size);

    public ManifestEntry Entry { get; init; } = new()
    {
        Kind = FileEntryKind.File,
        Path = Encoding.UTF8.GetBytes(path),
        Size = size,
        ModifiedNs = 1_700_000_000_123_456_789 + content,
        Mode = 0x1A4,
        Change = content,
    };

    /// <summary>Where each chunk ends.</summary>
    public IEnumerable<long> Ends()
    {
        for (long end = Math.Min(Chunk, size); ; end = Math.Min(end + Chunk, size))
        {
            yield return end;
            if (end == size)
            {
                yield break;
            }
        }
    }

    /// <summary>What is not zero in the chunk that ends at an offset.</summary>
    public IEnumerable<(long Offset, byte[] Bytes)> PiecesBefore(long end)
    {
        long begin = (end - 1) / Chunk * Chunk;
        if (end == 0)
        {
            yield break;
        }

        long middle = Math.Max(begin, end - PieceBytes);
        yield return (begin, Bytes(begin, Math.Min(begin + PieceBytes, end)));
        yield return (middle, Bytes(middle, end));
    }

    /// <summary>A chain value that is another one for each chunk, and tells the content.</summary>
    public ContentDigest ChainAt(long end)
    {
        byte[] digest = new byte[ContentDigest.Size];
        BinaryPrimitives.WriteInt64LittleEndian(digest, end);
        BinaryPrimitives.WriteInt32LittleEndian(digest.AsSpan(8), content);
        return new ContentDigest(digest);
    }

    /// <summary>Whether bytes are those of the file before an offset.</summary>
    public bool IsBeginning(ReadOnlySpan<byte> bytes, long end)
    {
        foreach (long each in Ends().TakeWhile(each => each <= end))
        {
            foreach ((long offset, byte[] expected) in PiecesBefore(each))
            {
                if (offset + expected.Length > bytes.Length || !bytes.Slice((int)offset, expected.Length).SequenceEqual(expected))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private byte[] Bytes(long begin, long end)
    {
        byte[] bytes = new byte[end - begin];
        for (int place = 0; place < bytes.Length; place++)
        {
            bytes[place] = (byte)(1 + ((begin + place + (content * 7)) % 251));
        }

        return bytes;
    }
}

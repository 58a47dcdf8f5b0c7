using System.Buffers;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Services.Integrity;

namespace Aldis.Services.Files;

/// <summary>What a transfer's opening says, and its digest (docs/protocols/files.md section 7).</summary>
internal static class ManifestText
{
    /// <summary>Writes all records of a manifest.</summary>
    /// <param name="entries">The entries.</param>
    /// <returns>The manifest.</returns>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<ManifestEntry> entries)
    {
        var manifest = new ArrayBufferWriter<byte>();
        foreach (ManifestEntry entry in entries)
        {
            ManifestCodec.Write(entry, manifest);
        }

        return manifest.WrittenMemory;
    }

    /// <summary>Reads all records of a manifest.</summary>
    /// <param name="manifest">The manifest; the entries keep it.</param>
    /// <param name="count">How many there are to be.</param>
    /// <returns>The entries; null where it is not a manifest of so many.</returns>
    public static ManifestEntry[]? Read(ReadOnlyMemory<byte> manifest, int count)
    {
        // The array grows with what was sent, and not with what was declared.
        var entries = new List<ManifestEntry>();
        while (!manifest.IsEmpty)
        {
            if (entries.Count == count || !ManifestCodec.TryRead(ref manifest, out ManifestEntry? entry))
            {
                return null;
            }

            entries.Add(entry);
        }

        return entries.Count == count ? [.. entries] : null;
    }

    /// <summary>Computes m.</summary>
    /// <param name="algorithm">The transfer's algorithm.</param>
    /// <param name="client">The client's id, as in its preface.</param>
    /// <param name="unit">The unit that opens, 64 bytes.</param>
    /// <param name="content">What follows it.</param>
    /// <returns>The digest.</returns>
    public static ContentDigest Digest(DigestAlgorithm algorithm, string client, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> content)
    {
        Span<byte> preface = stackalloc byte[ControlUnit.Size];
        Preface.Write(FileWords.Service, client, preface);
        using ContentHash hash = ContentHashes.Create(algorithm);
        hash.Append(preface);
        hash.Append(unit);
        hash.Append(content);
        return hash.Finish();
    }
}

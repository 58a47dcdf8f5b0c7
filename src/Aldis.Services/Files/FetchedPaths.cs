using System.Buffers;
using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>The paths behind FETCH and LIST: each followed by 00 (docs/protocols/files.md section 12).</summary>
internal static class FetchedPaths
{
    /// <summary>Reads them.</summary>
    /// <param name="text">What came.</param>
    /// <returns>The paths; null where there is none, one is too long, or the last does not end.</returns>
    public static ReadOnlyMemory<byte>[]? Read(ReadOnlyMemory<byte> text)
    {
        var paths = new List<ReadOnlyMemory<byte>>();
        while (!text.IsEmpty)
        {
            int end = text.Span.IndexOf((byte)0);
            if (end is < 0 or > FileLimits.MaxPathBytes)
            {
                return null;
            }

            paths.Add(text[..end]);
            text = text[(end + 1)..];
        }

        return paths.Count > 0 ? [.. paths] : null;
    }

    /// <summary>Writes them.</summary>
    /// <param name="paths">The paths.</param>
    /// <returns>The text.</returns>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<string> paths)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (string path in paths)
        {
            text.Write(System.Text.Encoding.UTF8.GetBytes(path + '\0'));
        }

        return text.WrittenMemory;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>What a client asks of a server that shares: <c>FETCH key bytes digest</c> or <c>LIST bytes digest</c>
/// (docs/protocols/files.md section 12).</summary>
/// <param name="Key">The transfer's key; null where the client asks for a list.</param>
/// <param name="PathBytes">Bytes of the paths that follow.</param>
/// <param name="Algorithm">With what it is proved.</param>
internal sealed record FetchUnit(string? Key, int PathBytes, DigestAlgorithm Algorithm)
{
    private static ReadOnlySpan<byte> Fetch => "FETCH"u8;

    private static ReadOnlySpan<byte> List => "LIST"u8;

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="fetch">What it asks; null on failure.</param>
    /// <returns>False if it asks nothing of this kind.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, [NotNullWhen(true)] out FetchUnit? fetch)
    {
        fetch = null;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text))
        {
            return false;
        }

        UnitFields fields = new(text);
        ReadOnlySpan<byte> word = fields.Next();
        bool isFetch = word.SequenceEqual(Fetch);
        ReadOnlySpan<byte> key = isFetch ? fields.Next() : default;
        if ((!isFetch && !word.SequenceEqual(List))
            || (isFetch && !TransferOpening.IsKey(key))
            || !fields.TryNextNumber(default, FileLimits.ManifestDigits, out long bytes)
            || !FileWords.TryParse(fields.Next(), out DigestAlgorithm algorithm)
            || !fields.IsAtEnd)
        {
            return false;
        }

        fetch = new FetchUnit(isFetch ? Encoding.ASCII.GetString(key) : null, (int)bytes, algorithm);
        return true;
    }

    /// <summary>Writes the unit.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Write(Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(Key is null ? List : Fetch);
        writer.Append(" "u8);
        if (Key is not null)
        {
            writer.Append(Encoding.ASCII.GetBytes(Key));
            writer.Append(" "u8);
        }

        writer.Append(PathBytes);
        writer.Append(" "u8);
        writer.Append(FileWords.Of(Algorithm));
        writer.Complete();
    }
}

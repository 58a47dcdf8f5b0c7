using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>The unit that opens a transfer: <c>SEND key entries bytes digest policy</c> (docs/protocols/files.md section 7).</summary>
internal sealed record TransferOpening
{
    private static readonly SearchValues<byte> KeyDigits = SearchValues.Create("0123456789abcdef"u8);

    private static ReadOnlySpan<byte> Send => "SEND"u8;

    private static ReadOnlySpan<byte> Verify => "VERIFY"u8;

    /// <summary>Whether nothing is stored, and what is there is compared.</summary>
    public bool IsVerify { get; init; }

    /// <summary>The transfer's key: 16 hexadecimal digits (0–9, a–f) that its source chose.</summary>
    public required string Key { get; init; }

    /// <summary>How many entries the manifest has, from 1.</summary>
    public required int EntryCount { get; init; }

    /// <summary>Bytes of the manifest.</summary>
    public required int ManifestBytes { get; init; }

    /// <summary>With what it is proved.</summary>
    public DigestAlgorithm Algorithm { get; init; }

    /// <summary>What is to be done where something has the name.</summary>
    public ConflictPolicy Policy { get; init; }

    /// <summary>Whether a text may be a key.</summary>
    /// <param name="key">The text.</param>
    /// <returns>False if it is not 16 digits, or one of them is not 0–9 or a–f.</returns>
    public static bool IsKey(ReadOnlySpan<byte> key) =>
        key.Length == FileLimits.KeyLength && !key.ContainsAnyExcept(KeyDigits);

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="opening">What it says; null on failure.</param>
    /// <returns>False if it opens no transfer. What it declares is not compared with any limit.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, [NotNullWhen(true)] out TransferOpening? opening)
    {
        opening = null;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text))
        {
            return false;
        }

        UnitFields fields = new(text);
        ReadOnlySpan<byte> word = fields.Next();
        bool isVerify = word.SequenceEqual(Verify);
        ReadOnlySpan<byte> key = fields.Next();
        if ((!isVerify && !word.SequenceEqual(Send))
            || !IsKey(key)
            || !fields.TryNextNumber(default, FileLimits.EntryDigits, out long entries)
            || !fields.TryNextNumber(default, FileLimits.ManifestDigits, out long bytes)
            || !FileWords.TryParse(fields.Next(), out DigestAlgorithm algorithm)
            || !FileWords.TryParse(fields.Next(), out ConflictPolicy policy)
            || !fields.IsAtEnd
            || entries == 0)
        {
            return false;
        }

        opening = new TransferOpening
        {
            IsVerify = isVerify,
            Key = Encoding.ASCII.GetString(key),
            EntryCount = (int)entries,
            ManifestBytes = (int)bytes,
            Algorithm = algorithm,
            Policy = policy,
        };
        return true;
    }

    /// <summary>Writes the unit.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Write(Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(IsVerify ? Verify : Send);
        writer.Append(" "u8);
        writer.Append(Encoding.ASCII.GetBytes(Key));
        writer.Append(" "u8);
        writer.Append(EntryCount);
        writer.Append(" "u8);
        writer.Append(ManifestBytes);
        writer.Append(" "u8);
        writer.Append(FileWords.Of(Algorithm));
        writer.Append(" "u8);
        writer.Append(FileWords.Of(Policy));
        writer.Complete();
    }
}

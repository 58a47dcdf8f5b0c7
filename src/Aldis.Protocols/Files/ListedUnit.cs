using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>The answer to <c>LIST</c>: <c>LISTED entries bytes</c>, before a manifest and its digest (docs/protocols/files.md section 12).</summary>
/// <param name="EntryCount">How many entries the manifest has.</param>
/// <param name="ManifestBytes">Bytes of the manifest.</param>
internal readonly record struct ListedUnit(int EntryCount, int ManifestBytes)
{
    private static ReadOnlySpan<byte> Word => "LISTED"u8;

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="listed">What it says; the default on failure.</param>
    /// <returns>False if it is another unit.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out ListedUnit listed)
    {
        listed = default;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text))
        {
            return false;
        }

        UnitFields fields = new(text);
        if (!fields.TryNext(Word)
            || !fields.TryNextNumber(default, FileLimits.EntryDigits, out long entries)
            || !fields.TryNextNumber(default, FileLimits.ManifestDigits, out long bytes)
            || !fields.IsAtEnd)
        {
            return false;
        }

        listed = new ListedUnit((int)entries, (int)bytes);
        return true;
    }

    /// <summary>Writes the unit.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Write(Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(Word);
        writer.Append(" "u8);
        writer.Append(EntryCount);
        writer.Append(" "u8);
        writer.Append(ManifestBytes);
        writer.Complete();
    }
}

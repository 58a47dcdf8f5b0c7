using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>The last word of a server that ends the connection: <c>ERROR code</c> (docs/protocols/files.md section 10).</summary>
internal static class ErrorUnit
{
    private static ReadOnlySpan<byte> Word => "ERROR "u8;

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="code">Why the connection ends.</param>
    /// <returns>False if it is another unit.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out RefusalCode code)
    {
        code = default;
        return ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) && text.StartsWith(Word)
            && FileWords.TryParse(text[Word.Length..], out code);
    }

    /// <summary>Writes a unit.</summary>
    /// <param name="code">Why the connection ends.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public static void Write(RefusalCode code, Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(Word);
        writer.Append(FileWords.Of(code));
        writer.Complete();
    }
}

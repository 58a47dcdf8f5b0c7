using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>The farewell of both sides: <c>BYE</c>.</summary>
internal static class ByeUnit
{
    private static ReadOnlySpan<byte> Word => "BYE"u8;

    /// <summary>Whether a unit is one.</summary>
    /// <param name="unit">The 64 bytes.</param>
    public static bool Is(ReadOnlySpan<byte> unit) => ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) && text.SequenceEqual(Word);

    /// <summary>Writes one.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public static void Write(Span<byte> unit) => ControlUnit.Write(Word, unit);
}

using System.Globalization;
using System.Text;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Columns of a terminal that text takes: two for a wide character of East Asia or an emoji, none for a mark on the character before it
/// (Unicode Standard Annex #11, in its main ranges). Text is escaped already, so that nothing in it moves the cursor.
/// </summary>
internal static class TextColumns
{
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115f), (0x2e80, 0x303e), (0x3041, 0xa4cf), (0xa960, 0xa97f), (0xac00, 0xd7a3), (0xf900, 0xfaff), (0xfe30, 0xfe6f),
        (0xff00, 0xff60), (0xffe0, 0xffe6), (0x1f300, 0x1f64f), (0x1f680, 0x1f6ff), (0x1f900, 0x1f9ff), (0x20000, 0x3fffd),
    ];

    /// <summary>Cuts a line to a width.</summary>
    /// <param name="line">The line.</param>
    /// <param name="columns">The width; at least one.</param>
    /// <returns>The line, or its beginning and <c>…</c>.</returns>
    public static string Cut(string line, int columns) =>
        Fit(line, columns) == line.Length ? line : string.Concat(line.AsSpan(0, Fit(line, columns - 1)), "…");

    /// <summary>Breaks a line into lines of a width, wherever they are full.</summary>
    /// <param name="line">The line.</param>
    /// <param name="columns">The width.</param>
    /// <param name="indent">Columns that all but the first are set in; less than the width by two at least.</param>
    /// <returns>The lines, one at least.</returns>
    public static IEnumerable<string> Break(string line, int columns, int indent)
    {
        int length = Fit(line, columns);
        yield return line[..length];
        for (int start = length; start < line.Length; start += length)
        {
            length = Fit(line[start..], columns - indent);
            yield return string.Concat(new string(' ', indent).AsSpan(), line.AsSpan(start, length));
        }
    }

    /// <summary>How many characters of a line fit; one at least of a line that has any.</summary>
    private static int Fit(string line, int columns)
    {
        int length = 0;
        int used = 0;
        foreach (Rune rune in line.EnumerateRunes())
        {
            used += Of(rune);
            if (used > columns && length > 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return length;
    }

    private static int Of(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
        ? 0
        : Array.Exists(Wide, range => rune.Value >= range.First && rune.Value <= range.Last) ? 2 : 1;
}

using System.Globalization;
using System.Text;

namespace Aldis.Protocols.Text;

/// <summary>
/// Makes text from the network safe to show: control characters, direction overrides and what is not UTF-8 are written as escapes, so
/// that a terminal never obeys a peer.
/// </summary>
internal static class PrintableText
{
    /// <summary>The longest payload a display line shows, in characters.</summary>
    public const int DisplayLimit = 200;

    /// <summary>The most bytes of a payload that <see cref="DisplayLimit"/> characters can need.</summary>
    public const int DisplayLimitBytes = DisplayLimit * 4;

    /// <summary>
    /// Decodes and escapes the beginning of a payload for a display line. A backslash is doubled, so that what is shown tells what was there.
    /// </summary>
    /// <param name="payload">The beginning of the payload as UTF-8; what is invalid is shown as <c>\xHH</c>.</param>
    /// <param name="wholeLength">The length of the whole payload in bytes, where <paramref name="payload"/> is only its beginning.</param>
    /// <param name="limit">The most characters of payload to show.</param>
    /// <returns>At most so many characters of payload, and <c>…</c> where something was cut.</returns>
    public static string Escape(ReadOnlySpan<byte> payload, long wholeLength, int limit = DisplayLimit)
    {
        var shown = new StringBuilder(Math.Min(payload.Length, limit) + 8);
        int characters = 0;
        while (!payload.IsEmpty && characters < limit)
        {
            if (payload[0] == '\\')
            {
                shown.Append(@"\\");
                payload = payload[1..];
                wholeLength--;
                characters++;
                continue;
            }

            if (Rune.DecodeFromUtf8(payload, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                Append(shown, rune);
            }
            else if (consumed == payload.Length && wholeLength > payload.Length)
            {
                break;
            }
            else
            {
                foreach (byte invalid in payload[..consumed])
                {
                    shown.Append(CultureInfo.InvariantCulture, $"\\x{invalid:x2}");
                }
            }

            payload = payload[consumed..];
            wholeLength -= consumed;
            characters++;
        }

        return wholeLength > 0 ? shown.Append('…').ToString() : shown.ToString();
    }

    /// <summary>Escapes text that is already decoded, such as a file name.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text with control and formatting characters as escapes.</returns>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Append(shown, rune);
        }

        return shown.ToString();
    }

    private static void Append(StringBuilder shown, Rune rune)
    {
        switch (rune.Value)
        {
            case '\n':
                shown.Append("\\n");
                break;
            case '\r':
                shown.Append("\\r");
                break;
            case '\t':
                shown.Append("\\t");
                break;
            default:
                UnicodeCategory category = Rune.GetUnicodeCategory(rune);
                if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse)
                {
                    shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
                }
                else
                {
                    shown.Append(rune.ToString());
                }

                break;
        }
    }
}

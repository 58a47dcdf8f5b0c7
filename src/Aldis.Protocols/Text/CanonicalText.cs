using System.Text;

namespace Aldis.Protocols.Text;

/// <summary>
/// Names as file systems compare them: normalization form C (Unicode Standard Annex 15), and a key that is the same for names which differ
/// by normalization or case alone (the canonical caseless match of the Unicode Standard, section 3.13, definition D145).
/// </summary>
internal static class CanonicalText
{
    /// <summary>Text of characters before this one is in form C already.</summary>
    private const char FirstThatMayChange = '\u0300';

    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TrailCount;

    /// <summary>Makes normalization form C of a text.</summary>
    /// <param name="text">The text, without lone surrogates.</param>
    /// <returns>The same string where it is in that form.</returns>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstThatMayChange, char.MaxValue))
        {
            return text;
        }

        List<int> characters = Decompose(text);
        int kept = Compose(characters);
        string composed = ToText(characters, kept);
        return composed == text ? text : composed;
    }

    /// <summary>Makes what is equal for two names which a file system may take for one.</summary>
    /// <param name="name">The name, without lone surrogates.</param>
    /// <returns>The key: full case folding, decomposed, without variation selectors, which nobody sees.</returns>
    public static string CollisionKey(string name)
    {
        if (Ascii.IsValid(name))
        {
            return name.ToLowerInvariant();
        }

        var folded = new StringBuilder(name.Length + 8);
        Span<char> letters = stackalloc char[2];
        foreach (int character in Decompose(name))
        {
            if (CanonicalData.Instance.Foldings.TryGetValue(character, out string? several))
            {
                folded.Append(several);
            }
            else if (!IsVariationSelector(character))
            {
                // Both ways: a letter of two small forms, as sigma has, gets the same one.
                int length = Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(character))).EncodeToUtf16(letters);
                folded.Append(letters[..length]);
            }
        }

        List<int> key = Decompose(folded.ToString());
        return ToText(key, key.Count);
    }

    private static bool IsVariationSelector(int character) => character is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>The canonical decomposition, in canonical order.</summary>
    private static List<int> Decompose(string text)
    {
        var characters = new List<int>(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, characters);
        }

        // Marks behind a letter by their class; those of one class keep their order.
        for (int place = 1; place < characters.Count; place++)
        {
            int character = characters[place];
            int its = ClassOf(character);
            int to = place;
            while (its != 0 && to > 0 && ClassOf(characters[to - 1]) > its)
            {
                characters[to] = characters[to - 1];
                to--;
            }

            characters[to] = character;
        }

        return characters;
    }

    private static void Decompose(int character, List<int> characters)
    {
        int syllable = character - HangulBase;
        if (syllable is >= 0 and < HangulCount)
        {
            characters.Add(LeadBase + (syllable / (VowelCount * TrailCount)));
            characters.Add(VowelBase + (syllable % (VowelCount * TrailCount) / TrailCount));
            if (syllable % TrailCount != 0)
            {
                characters.Add(TrailBase + (syllable % TrailCount));
            }
        }
        else if (character >= 0x80 && CanonicalData.Instance.Decompositions.TryGetValue(character, out (int First, int Second) parts))
        {
            Decompose(parts.First, characters);
            if (parts.Second != 0)
            {
                Decompose(parts.Second, characters);
            }
        }
        else
        {
            characters.Add(character);
        }
    }

    /// <summary>Composes in place.</summary>
    /// <returns>How many characters are left.</returns>
    private static int Compose(List<int> characters)
    {
        int starter = -1;
        int kept = 0;
        int classBefore = 0;
        for (int place = 0; place < characters.Count; place++)
        {
            int character = characters[place];
            int its = ClassOf(character);

            // A mark reaches its letter unless one of the same class or a higher one, or another letter, stands between them.
            bool reaches = starter >= 0 && (starter == kept - 1 || classBefore < its);
            if (reaches && TryPair(characters[starter], character, out int pair))
            {
                characters[starter] = pair;
                continue;
            }

            if (its == 0)
            {
                starter = kept;
            }

            classBefore = its;
            characters[kept++] = character;
        }

        return kept;
    }

    private static bool TryPair(int first, int second, out int pair)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            pair = HangulBase + (((lead * VowelCount) + vowel) * TrailCount);
            return true;
        }

        int syllable = first - HangulBase;
        int trail = second - TrailBase;
        if (syllable is >= 0 and < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            pair = first + trail;
            return true;
        }

        return CanonicalData.Instance.Compositions.TryGetValue((first, second), out pair);
    }

    private static int ClassOf(int character) =>
        character >= FirstThatMayChange && CanonicalData.Instance.Classes.TryGetValue(character, out byte its) ? its : 0;

    private static string ToText(List<int> characters, int count)
    {
        var text = new StringBuilder(count + 8);
        Span<char> letters = stackalloc char[2];
        for (int place = 0; place < count; place++)
        {
            text.Append(letters[..new Rune(characters[place]).EncodeToUtf16(letters)]);
        }

        return text.ToString();
    }
}

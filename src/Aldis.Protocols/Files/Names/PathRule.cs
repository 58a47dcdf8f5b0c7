using System.Globalization;
using System.Text;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Files.Names;

/// <summary>
/// Which paths a receiver takes, each by itself (docs/protocols/files.md section 11): names that mean the same on every system, that a
/// person can see and that lead nowhere else. Stricter than any one file system, because what was received is copied on.
/// </summary>
internal static class PathRule
{
    /// <summary>Most components of a path: a manifest of deep paths must not cost more than its own length.</summary>
    public const int MaxDepth = 128;

    /// <summary>Most bytes of a component in UTF-8, which is what Linux file systems take.</summary>
    public const int MaxComponentBytes = 255;

    /// <summary>The directory, below the one of received files, where those are that are resumed.</summary>
    public const string PartsDirectory = ".aldis-parts";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] Devices = ["con", "prn", "aux", "nul", "clock$", "conin$", "conout$"];

    /// <summary>Checks a path.</summary>
    /// <param name="path">Its bytes, components parted by <c>/</c>.</param>
    /// <param name="name">How it is stored: the text in normalization form C; empty on failure.</param>
    /// <returns>Why it is not taken, or <see cref="NameFault.None"/>.</returns>
    public static NameFault Check(ReadOnlySpan<byte> path, out string name)
    {
        name = string.Empty;
        if (path.Length > FileLimits.MaxPathBytes)
        {
            return NameFault.LongPath;
        }

        if (!TryDecode(path, out string text))
        {
            return NameFault.NotUtf8;
        }

        if (text.StartsWith('/') || (text.Length > 1 && char.IsAsciiLetter(text[0]) && text[1] == ':'))
        {
            return NameFault.Absolute;
        }

        NameFault fault = CheckCharacters(text);
        if (fault != NameFault.None)
        {
            return fault;
        }

        string composed = CanonicalText.Compose(text);
        int depth = 0;
        foreach (Range range in composed.AsSpan().Split('/'))
        {
            fault = ++depth > MaxDepth ? NameFault.TooDeep : CheckComponent(composed.AsSpan(range));
            if (fault != NameFault.None)
            {
                return fault;
            }
        }

        name = composed;
        return NameFault.None;
    }

    /// <summary>
    /// Checks the target of a link. It may climb at its beginning alone, so that no link on its way decides where it leads, and not above
    /// the
    /// directory of received files.
    /// </summary>
    /// <param name="path">The link's path, as it is stored.</param>
    /// <param name="target">The target's bytes.</param>
    /// <param name="stored">The target as it is stored; empty on failure.</param>
    /// <returns><see cref="NameFault.TargetOutside"/>, or <see cref="NameFault.None"/>.</returns>
    public static NameFault CheckTarget(string path, ReadOnlySpan<byte> target, out string stored)
    {
        stored = string.Empty;
        int depth = path.AsSpan().Count('/');
        int climbs = 0;
        ReadOnlySpan<byte> rest = target;
        while (rest.StartsWith("../"u8) || rest.SequenceEqual(".."u8))
        {
            climbs++;
            rest = rest[Math.Min(3, rest.Length)..];
        }

        string below = string.Empty;
        if (climbs > depth || (rest.IsEmpty ? climbs == 0 : Check(rest, out below) != NameFault.None))
        {
            return NameFault.TargetOutside;
        }

        string up = string.Concat(Enumerable.Repeat("../", climbs));
        stored = below.Length == 0 ? up[..^1] : up + below;
        return NameFault.None;
    }

    private static bool TryDecode(ReadOnlySpan<byte> path, out string text)
    {
        try
        {
            text = Strict.GetString(path);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = string.Empty;
            return false;
        }
    }

    private static NameFault CheckCharacters(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is >= ' ' and < 0x7F)
            {
                if (rune.Value is '\\' or ':')
                {
                    return rune.Value == ':' ? NameFault.Colon : NameFault.Backslash;
                }

                continue;
            }

            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control:
                    return NameFault.ControlCharacter;
                case UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate:
                case UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator:
                    return NameFault.InvisibleCharacter;
                default:
                    if (IsInvisible(rune.Value))
                    {
                        return NameFault.InvisibleCharacter;
                    }

                    break;
            }
        }

        return NameFault.None;
    }

    /// <summary>
    /// Letters and marks that are ignored where they are shown (Default_Ignorable_Code_Point of the Unicode Character Database), but for
    /// the
    /// variation selectors, which change how an emoji looks; of names those are left out of the comparison.
    /// </summary>
    private static bool IsInvisible(int character) =>
        character is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x3164 or 0xFFA0;

    private static NameFault CheckComponent(ReadOnlySpan<char> component) =>
        component.IsEmpty ? NameFault.EmptyComponent
        : component is "." or ".." ? NameFault.Traversal
        : component[^1] is '.' or ' ' ? NameFault.TrailingDotOrSpace
        : Encoding.UTF8.GetByteCount(component) > MaxComponentBytes ? NameFault.LongComponent
        : IsDevice(component) ? NameFault.DeviceName
        : IsReserved(component) ? NameFault.Reserved
        : NameFault.None;

    private static bool IsDevice(ReadOnlySpan<char> component)
    {
        // Windows takes 'NUL', 'nul.txt' and 'NUL .tar.gz' for the device.
        int dot = component.IndexOf('.');
        ReadOnlySpan<char> stem = (dot < 0 ? component : component[..dot]).TrimEnd(' ');
        if (stem.Length == 4 && stem[3] is (>= '1' and <= '9') or '¹' or '²' or '³')
        {
            return stem[..3].Equals("com", StringComparison.OrdinalIgnoreCase)
                || stem[..3].Equals("lpt", StringComparison.OrdinalIgnoreCase);
        }

        foreach (string device in Devices)
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsReserved(ReadOnlySpan<char> component)
    {
        if (component[^1] is not ('t' or 'T' or 's' or 'S') && Ascii.IsValid(component))
        {
            return false;
        }

        string key = CanonicalText.CollisionKey(component.ToString());
        return key == PartsDirectory || PartName.IsOne(key);
    }
}

using System.Globalization;

namespace Aldis.Services.Inbox;

/// <summary>The name of a file on its way in: <c>NAME.TAG-NUMBER.part</c>, where the tag of 8 hexadecimal digits is the server's.</summary>
internal static class PartName
{
    private const string Suffix = ".part";
    private const int TagLength = 8;

    /// <summary>A tag for a server.</summary>
    public static string NewTag() => Guid.NewGuid().ToString("N")[..TagLength];

    /// <summary>Makes a name.</summary>
    public static string Make(string name, string tag, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}.{tag}-{number}{Suffix}");

    /// <summary>Whether a server gave this name; other files that end in <c>.part</c> are somebody's own.</summary>
    public static bool IsOne(ReadOnlySpan<char> name)
    {
        if (!name.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> rest = name[..^Suffix.Length];
        int dash = rest.LastIndexOf('-');
        int dot = dash - TagLength - 1;
        return dot > 0 && dash + 1 < rest.Length && rest[dot] == '.' && IsTag(rest[(dot + 1)..dash])
            && !rest[(dash + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    private static bool IsTag(ReadOnlySpan<char> text)
    {
        foreach (char letter in text)
        {
            if (!char.IsAsciiHexDigitLower(letter))
            {
                return false;
            }
        }

        return true;
    }
}

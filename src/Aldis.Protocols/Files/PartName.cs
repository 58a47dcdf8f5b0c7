using System.Globalization;

namespace Aldis.Protocols.Files;

/// <summary>The name of a file on its way in: <c>NAME.TAG-NUMBER.part</c>, where the tag of 8 hexadecimal digits is the server's.</summary>
internal static class PartName
{
    /// <summary>Digits of a tag.</summary>
    public const int TagLength = 8;

    private const string Suffix = ".part";

    /// <summary>Makes a name.</summary>
    /// <param name="name">The name the file should get.</param>
    /// <param name="tag">The server's.</param>
    /// <param name="number">Another for each file of this server.</param>
    public static string Make(string name, string tag, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}.{tag}-{number}{Suffix}");

    /// <summary>Whether a server gave this name; other files that end in <c>.part</c> are somebody's own.</summary>
    /// <param name="name">The name, or a path that ends with it.</param>
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

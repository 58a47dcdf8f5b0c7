using System.Text;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Text for a terminal that knows ASCII alone. A sign has one of the same width in its place, so that what stood below another still does;
/// a control sequence stays.
/// </summary>
internal static class AsciiText
{
    private const string Signs = "─═┄│┊├┤▶◀╳●█▒░·–−µ×…→\u00A0";
    private const string Places = "-=.|:++><X*#o_.--ux~> ";

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>Puts ASCII in the place of everything else.</summary>
    /// <param name="text">The text.</param>
    public static string Of(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var ascii = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            int sign = rune.IsBmp ? Signs.IndexOf((char)rune.Value, StringComparison.Ordinal) : -1;
            _ = rune.IsAscii ? ascii.Append((char)rune.Value)
                : rune.Value == '±' ? ascii.Append("+-")
                : ascii.Append(sign < 0 ? '?' : Places[sign]);
        }

        return ascii.ToString();
    }

    /// <summary>Whether the locale is one without UTF-8; where none is set, the text is UTF-8 as everywhere today.</summary>
    /// <param name="environment">Gives the value of a variable.</param>
    public static bool IsNeeded(Func<string, string?> environment)
    {
        string? locale = LocaleVariables.Select(environment).FirstOrDefault(static value => !string.IsNullOrEmpty(value));
        string encoding = locale?.Split('@')[0].Split('.').ElementAtOrDefault(1) ?? string.Empty;
        bool isUtf8 = encoding.Replace("-", string.Empty, StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase);
        return locale is not null && !isUtf8;
    }
}

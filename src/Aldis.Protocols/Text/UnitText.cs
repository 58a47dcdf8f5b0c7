using System.Globalization;

namespace Aldis.Protocols.Text;

/// <summary>Reads sizes and durations as people write them: <c>64K</c>, <c>500ms</c>.</summary>
internal static class UnitText
{
    // Longer suffixes first: "ms" ends in "s".
    private static readonly (string Suffix, double Seconds)[] DurationUnits =
        [("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    private static readonly (string Suffix, long Bytes)[] SizeUnits =
        [("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), (string.Empty, 1)];

    /// <summary>Reads a duration: a number and <c>us</c>, <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>; only 0 needs no unit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">The longest it may be.</param>
    /// <param name="duration">The duration, not negative.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseDuration(string text, TimeSpan longest, out TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(text);
        duration = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }

        foreach ((string suffix, double seconds) in DurationUnits)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                ReadOnlySpan<char> digits = text.AsSpan(0, text.Length - suffix.Length);
                if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                    || !double.IsFinite(number) || number * seconds > longest.TotalSeconds)
                {
                    return false;
                }

                // Rounded: cut off, 100us would be 99.9 µs, for no double is exactly a ten-thousandth.
                duration = TimeSpan.FromTicks((long)Math.Round(number * seconds * TimeSpan.TicksPerSecond));
                return true;
            }
        }

        return false;
    }

    /// <summary>The end of a sentence that refuses a duration: it says so where nothing but the unit is missing.</summary>
    /// <param name="text">What was given as a duration.</param>
    /// <param name="small">A unit that may have been meant.</param>
    /// <param name="large">Another.</param>
    /// <returns><c>: a time needs its unit, 50ms or 50s.</c>, or a full stop.</returns>
    public static string EndWithoutUnit(string text, string small = "ms", string large = "s") =>
        text.Any(char.IsAsciiDigit) && text.All(static c => char.IsAsciiDigit(c) || c == '.')
            ? $": a time needs its unit, {text}{small} or {text}{large}."
            : ".";

    /// <summary>Reads a size in bytes: a whole number and <c>K</c>, <c>M</c> or <c>G</c> (powers of 1024), or no unit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The size, 0 to 2^31 times the unit.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseSize(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        bytes = 0;
        foreach ((string suffix, long unit) in SizeUnits)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                ReadOnlySpan<char> digits = text.AsSpan(0, text.Length - suffix.Length);
                if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                {
                    return false;
                }

                bytes = number * unit;
                return true;
            }
        }

        return false;
    }
}

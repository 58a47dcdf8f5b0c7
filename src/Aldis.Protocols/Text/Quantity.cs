using System.Globalization;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Text;

/// <summary>Sizes and durations as people write them (<c>64K</c>, <c>500ms</c>) and read them.</summary>
internal static class Quantity
{
    /// <summary>The longest time to wait for something; timers take no more than some 49 days.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1000);

    private static readonly (string Suffix, double BitsPerSecond)[] RateUnits =
        [("kbit", 1e3), ("Mbit", 1e6), ("Gbit", 1e9), ("Tbit", 1e12), ("bit", 1)];

    /// <summary>Reads a duration: a number and <c>us</c>, <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>; only 0 needs no unit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration, not negative.</param>
    /// <param name="longest">The longest it may be; 1,000 hours if left out.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseDuration(string text, out TimeSpan duration, TimeSpan? longest = null) =>
        UnitText.TryParseDuration(text, longest ?? LongestWait, out duration);

    /// <summary>Reads a size in bytes: a whole number and <c>K</c>, <c>M</c> or <c>G</c> (powers of 1024), or no unit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The size, 0 to <see cref="int.MaxValue"/>.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseSize(string text, out int bytes)
    {
        bool isSize = TryParseSize(text, out long size) && size <= int.MaxValue;
        bytes = isSize ? (int)size : 0;
        return isSize;
    }

    /// <summary>As <see cref="TryParseSize(string, out int)"/>, for sizes beyond 2 GiB.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The size, 0 to 2^31 times the unit.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseSize(string text, out long bytes) => UnitText.TryParseSize(text, out bytes);

    /// <summary>Reads a rate: a number and <c>bit</c>, <c>kbit</c>, <c>Mbit</c>, <c>Gbit</c> or <c>Tbit</c> (powers of 1000), each for a
    /// second; <c>/s</c> may follow.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bitsPerSecond">The rate, not negative, at most 10^15.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseRate(string text, out long bitsPerSecond)
    {
        const double Highest = 1e15;
        bitsPerSecond = 0;
        ReadOnlySpan<char> rest = text.EndsWith("/s", StringComparison.Ordinal) ? text.AsSpan(0, text.Length - 2) : text;
        foreach ((string suffix, double unit) in RateUnits)
        {
            if (rest.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                bool isNumber = double.TryParse(
                    rest[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
                bool isRate = isNumber && number * unit <= Highest;
                bitsPerSecond = isRate ? (long)Math.Round(number * unit) : 0;
                return isRate;
            }
        }

        return false;
    }

    /// <summary>Reads a percentage, <c>10%</c> or <c>0.5%</c>, or <c>0</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="share">From 0 to 1.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParsePercentage(string text, out double share)
    {
        share = 0;
        if (text == "0")
        {
            return true;
        }

        bool isNumber = text.EndsWith('%') && double.TryParse(
            text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share);
        share = isNumber && share <= 100 ? share / 100 : double.NaN;
        return !double.IsNaN(share);
    }

    /// <summary>A rate with a fitting unit.</summary>
    /// <param name="bitsPerSecond">The rate.</param>
    /// <returns>For example <c>10 Mbit/s</c> or <c>65.7 kbit/s</c>.</returns>
    public static string Rate(double bitsPerSecond) => bitsPerSecond switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bitsPerSecond:0.##} bit/s"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bitsPerSecond / 1e3:0.##} kbit/s"),
        < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bitsPerSecond / 1e6:0.##} Mbit/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bitsPerSecond / 1e9:0.##} Gbit/s"),
    };

    /// <summary>A share as a percentage.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <returns>For example <c>10 %</c> or <c>0.812 %</c>.</returns>
    public static string Percentage(double share)
    {
        double percent = share * 100;
        string format = percent is >= 10 or 0 ? "0.##" : "0.####";
        return percent.ToString(format, CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>A round trip as people compare them: always milliseconds.</summary>
    /// <param name="nanoseconds">The time.</param>
    /// <returns>For example <c>0.045 ms</c>.</returns>
    public static string Milliseconds(long nanoseconds) => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.000} ms");

    /// <summary>A duration with a fitting unit.</summary>
    /// <param name="duration">The duration.</param>
    /// <returns>For example <c>12.3 ms</c>, <c>4.56 s</c> or <c>1:02:03</c>.</returns>
    public static string Duration(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.0} ms"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.00} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes}:{duration.Seconds:00}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalHours}:{duration.Minutes:00}:{duration.Seconds:00}"),
    };

    /// <summary>A number of bytes with a fitting unit.</summary>
    /// <param name="bytes">The number.</param>
    /// <returns>For example <c>17 B</c> or <c>1.5 MiB</c>.</returns>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1L << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
        < 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 10):0.0} KiB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 30):0.00} GiB"),
    };

    /// <summary>A number with its thousands set apart.</summary>
    /// <param name="number">The number.</param>
    /// <returns>For example <c>152,000</c>.</returns>
    public static string Count(double number) => number.ToString(number < 100 ? "0.#" : "#,##0", CultureInfo.InvariantCulture);
}

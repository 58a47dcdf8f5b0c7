using System.Globalization;

namespace Aldis.Lab.Drawings;

/// <summary>Times of a ladder as people read them: milliseconds, with as many decimals as tell two frames apart.</summary>
/// <param name="decimals">Digits behind the point, 0 to 6.</param>
internal sealed class LadderClock(int decimals)
{
    private const int MostDecimals = 6;
    private const double NsPerMillisecond = 1e6;

    private readonly string _format = "F" + decimals.ToString(CultureInfo.InvariantCulture);

    /// <summary>Decimals that show a length of time with two digits at least.</summary>
    /// <param name="shortestSeconds">The length, such as that of a frame.</param>
    public static LadderClock Showing(double shortestSeconds)
    {
        double milliseconds = shortestSeconds * 1e3;
        int decimals = milliseconds <= 0 ? MostDecimals : (int)Math.Ceiling(1 - Math.Log10(milliseconds));
        return new LadderClock(Math.Clamp(decimals, 1, MostDecimals));
    }

    /// <summary>A time without its unit.</summary>
    public string Text(long nanoseconds) => (nanoseconds / NsPerMillisecond).ToString(_format, CultureInfo.InvariantCulture);

    /// <summary>A time with its unit, which no line break parts from it.</summary>
    public string WithUnit(long nanoseconds) => Text(nanoseconds) + "\u00A0ms";
}

using System.Globalization;

namespace Aldis.Lab.Drawings;

/// <summary>Where the numbers of an axis stand: round ones, neither crowded nor few.</summary>
/// <param name="Values">In the unit of the axis.</param>
/// <param name="Decimals">Digits behind the point.</param>
internal sealed record AxisTicks(IReadOnlyList<double> Values, int Decimals)
{
    private const int MostIntervals = 8;
    private const int MostFactors = 14;

    /// <summary>The last one, which may be beyond the range.</summary>
    public double End => Values[^1];

    /// <summary>At equal distances of 1, 2 or 5 times a power of ten, to the first at or beyond the end.</summary>
    /// <param name="from">The least value.</param>
    /// <param name="to">The largest.</param>
    /// <param name="intervals">Distances between them at most.</param>
    public static AxisTicks Even(double from, double to, int intervals = MostIntervals)
    {
        double raw = (to - from) / intervals;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
        double first = Math.Ceiling((from / step) - 1e-9);
        double last = Math.Ceiling((to / step) - 1e-9);
        int decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9));
        return new AxisTicks([.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)], decimals);
    }

    /// <summary>At the measured values, where they are whole and few, else at 1, 2 and 5 times the powers of ten.</summary>
    public static AxisTicks Factors(double from, double to, IReadOnlyList<double> measured)
    {
        double ratio = measured[1] / measured[0];
        bool areDoubling = measured.Count <= MostFactors && Math.Abs(ratio - 2) < 1e-9 && measured.All(static m => m == Math.Round(m));
        if (areDoubling)
        {
            return new AxisTicks(measured, 0);
        }

        var values = new List<double>();
        bool isLong = to / from > 1000;
        for (double power = Math.Pow(10, Math.Floor(Math.Log10(from))); power <= to; power *= 10)
        {
            values.AddRange(isLong ? [power] : [power, 2 * power, 5 * power]);
        }

        double least = values.Where(v => v >= from).DefaultIfEmpty(from).Min();
        return new AxisTicks(values, Math.Max(0, -(int)Math.Floor(Math.Log10(least) + 1e-9)));
    }

    /// <summary>A number as it stands at the axis.</summary>
    public string Text(double value) => value.ToString(
        value < 1 ? "0.######" : Decimals == 0 ? "#,##0" : "#,##0." + new string('#', Decimals), CultureInfo.InvariantCulture);
}

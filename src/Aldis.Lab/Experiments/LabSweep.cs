using System.Runtime.CompilerServices;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Experiments;

/// <summary>
/// One experiment repeated over a range of one parameter, for each strategy. Values lie evenly where the range is short, by equal factors
/// where it is long.
/// </summary>
public sealed record LabSweep
{
    /// <summary>The highest loss of a sweep; beyond it a run hardly ends.</summary>
    public const double HighestLoss = 0.9;

    private const int LinearPoints = 11;
    private const double LongRange = 8;

    /// <summary>What stays the same.</summary>
    public required LabSettings Basis { get; init; }

    /// <summary>What varies.</summary>
    public required SweepParameter Parameter { get; init; }

    /// <summary>The first value; see <see cref="SweepParameter"/> for its unit.</summary>
    public required double From { get; init; }

    /// <summary>The last value, above the first.</summary>
    public required double To { get; init; }

    /// <summary>Whether neighbours differ by a factor instead of by a difference.</summary>
    public bool IsLogarithmic => Parameter != SweepParameter.Loss && From > 0 && To / From >= LongRange;

    /// <summary>The values that are measured: 11, or the powers of two where they meet both ends.</summary>
    public IReadOnlyList<double> Values
    {
        get
        {
            double doublings = Math.Log2(To / From);
            bool isDoubling = IsLogarithmic && doublings is >= 4 and <= 12 && Math.Abs(doublings - Math.Round(doublings)) < 1e-9;
            return Spread(isDoubling ? (int)Math.Round(doublings) + 1 : LinearPoints);
        }
    }

    /// <summary>Values close enough to draw a curve through.</summary>
    /// <param name="count">How many, at least 2; fewer where only whole numbers count.</param>
    /// <returns>From the first to the last.</returns>
    public IReadOnlyList<double> CurveValues(int count) => Spread(count);

    /// <summary>The experiment at a value.</summary>
    /// <param name="strategy">How what is lost is repeated.</param>
    /// <param name="value">Of the parameter.</param>
    /// <returns>Its settings.</returns>
    public LabSettings At(ArqMode strategy, double value)
    {
        LabSettings settings = Basis with
        {
            Strategy = strategy,
            Window = strategy == ArqMode.StopAndWait ? null : Basis.Window,
            TotalBytes = null,
        };
        return Parameter switch
        {
            SweepParameter.Loss => settings with { Loss = value },
            SweepParameter.Window => strategy == ArqMode.StopAndWait ? settings : settings with { Window = (int)value },
            SweepParameter.Delay => settings with { DelayNanoseconds = (long)value },
            _ => settings with { FrameSize = (int)value },
        };
    }

    /// <summary>Refuses what cannot be swept.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or leaves that of the parameter, or the basis is
    /// impossible.</exception>
    public void Validate()
    {
        (double least, double most) = Parameter switch
        {
            SweepParameter.Loss => (0, HighestLoss),
            SweepParameter.Window => (1, LabSettings.LargestWindow),
            SweepParameter.Delay => (0, (double)LabSettings.LongestTimeNanoseconds),
            _ => (1, LabSettings.LargestFrameSize),
        };
        Require(From, least, most);
        Require(To, Math.BitIncrement(From), most);
        foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
        {
            At(strategy, From).Validate();
        }
    }

    private List<double> Spread(int count)
    {
        bool isWhole = Parameter != SweepParameter.Loss;
        var values = new List<double>();
        for (int i = 0; i < count; i++)
        {
            double share = i / (count - 1.0);
            double value = IsLogarithmic ? From * Math.Pow(To / From, share) : From + ((To - From) * share);
            value = isWhole ? Math.Round(value) : value;
            if (values.Count == 0 || value > values[^1])
            {
                values.Add(value);
            }
        }

        return values;
    }

    private static void Require(double value, double least, double most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= least && value <= most))
        {
            throw new ArgumentOutOfRangeException(name, value, $"From {least} to {most}.");
        }
    }
}

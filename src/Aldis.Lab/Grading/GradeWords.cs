using System.Globalization;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Grading;

/// <summary>Figures of verdicts as people read them.</summary>
internal static class GradeWords
{
    private const double NsPerMillisecond = 1e6;

    /// <summary>The name of a strategy, as <c>--strategy</c> takes it.</summary>
    /// <param name="strategy">The strategy.</param>
    public static string Strategy(ArqMode strategy) => KebabName.Of(strategy);

    /// <summary>The strategy of a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null if it is none.</returns>
    public static ArqMode? StrategyOf(string? name)
    {
        ArqMode[] known = Enum.GetValues<ArqMode>();
        int chosen = Array.FindIndex(known, strategy => KebabName.Of(strategy) == name);
        return chosen >= 0 ? known[chosen] : null;
    }

    /// <summary>A time in milliseconds.</summary>
    /// <param name="nanoseconds">The time.</param>
    public static string Milliseconds(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / NsPerMillisecond:0.##} ms");
}

namespace Aldis.Protocols.Toxics;

/// <summary>One attribute of a kind of toxic: a number within bounds.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Default">Its value where none is given.</param>
/// <param name="Least">The least it may be.</param>
/// <param name="Most">The most it may be; a whole number of at most 2⁵³, which JSON carries exactly.</param>
/// <param name="IsWhole">Whether it has no fraction.</param>
internal sealed record ToxicAttribute(string Name, double Default, double Least, double Most, bool IsWhole = true)
{
    /// <summary>The longest delay, in milliseconds: one day.</summary>
    public const double MostMilliseconds = 86_400_000;

    /// <summary>The most bytes: 2⁵³.</summary>
    public const double MostBytes = 9_007_199_254_740_992;

    /// <summary>A time in milliseconds.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The attribute, 0 if left out.</returns>
    public static ToxicAttribute Milliseconds(string name) => new(name, 0, 0, MostMilliseconds);

    /// <summary>A probability.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value where none is given.</param>
    /// <returns>The attribute, from 0 to 1.</returns>
    public static ToxicAttribute Share(string name, double value) => new(name, value, 0, 1, IsWhole: false);

    /// <summary>Whether a value is allowed.</summary>
    /// <param name="value">The value.</param>
    /// <returns>False where it is out of bounds, no number, or has a fraction that it must not have.</returns>
    public bool Allows(double value) => value >= Least && value <= Most && (!IsWhole || Math.Floor(value) == value);
}

using System.Globalization;
using System.Text;

namespace Aldis.Benchmarks.Hostile;

/// <summary>What came of an attack: whether the server held, and the figures that say so, in the order in which they were found.</summary>
internal sealed class Verdict
{
    private readonly List<string> _broken = [];
    private readonly StringBuilder _figures = new();

    /// <summary>Whether everything that was checked held.</summary>
    public bool Held => _broken.Count == 0;

    /// <summary>Adds a figure.</summary>
    public void Tell(string name, object value) =>
        _figures.Append(CultureInfo.InvariantCulture, $" {name}={(value is bool isTrue ? (isTrue ? "yes" : "no") : value)}");

    /// <summary>Adds a figure and what has to be true of it.</summary>
    /// <param name="name">The figure, and what the line names if it does not hold.</param>
    /// <param name="value">Its value.</param>
    /// <param name="holds">Whether it is as it has to be.</param>
    public void Check(string name, object value, bool holds)
    {
        Tell(name, value);
        if (!holds)
        {
            _broken.Add(name);
        }
    }

    /// <summary>The line of figures.</summary>
    public string ToLine(string attack) =>
        $"attack={attack} held={(Held ? "yes" : "no")}{(Held ? string.Empty : $" broken={string.Join(',', _broken)}")}{_figures}";
}

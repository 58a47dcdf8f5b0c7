using Aldis.Lab.Drawings;

namespace Aldis.Lab.Bench;

/// <summary>One row of a plot: a name, and values from the least to the greatest.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="CssClass">Its colour: <c>saw</c>, <c>gbn</c> or <c>sr</c>, as in the laboratory's pictures.</param>
/// <param name="Low">Where its line begins; null for the edge of the plot.</param>
/// <param name="High">Where its line ends, and what is written beside it.</param>
/// <param name="Marks">Values that are marked on it.</param>
/// <param name="Label">What is written.</param>
internal sealed record RangeRow(string Name, string CssClass, double? Low, double High, IReadOnlyList<double> Marks, string Label);

/// <summary>Draws rows over a logarithmic axis: bars from its edge, or ranges between percentiles.</summary>
internal static class SvgRanges
{
    private const double Width = 900;
    private const double Left = 160;
    private const double Right = 700;
    private const double RowHeight = 26;
    private const double Top = 44;

    /// <summary>Writes the picture into a page that has the styles.</summary>
    /// <param name="output">The page.</param>
    /// <param name="heading">What it shows.</param>
    /// <param name="rows">The rows; nothing is written where there is none.</param>
    /// <param name="text">A value of the axis in words.</param>
    public static void Write(TextWriter output, string heading, IReadOnlyList<RangeRow> rows, Func<double, string> text)
    {
        if (rows.Count == 0)
        {
            return;
        }

        double least = rows.SelectMany(static row => row.Marks.Append(row.Low ?? row.High))
            .Where(static value => value > 0).DefaultIfEmpty(1).Min();
        double most = rows.Max(static row => row.High);
        double from = Math.Floor(Math.Log10(least) - 0.05);
        double to = Math.Max(from + 1, Math.Ceiling(Math.Log10(Math.Max(most, least)) + 0.01));
        double bottom = Top + (RowHeight * rows.Count);
        using var svg = new SvgWriter(output);
        string height = SvgWriter.Number(bottom + 30);
        svg.Start("svg", ("viewBox", $"0 0 {SvgWriter.Number(Width)} {height}"), ("class", "aldis"), ("role", "img"));
        svg.TextElement("title", heading);
        svg.Label(0, 20, "side", heading);
        for (double power = from; power <= to; power++)
        {
            double x = X(Math.Pow(10, power));
            svg.Line(x, Top - 8, x, bottom, "rule");
            svg.Label(x, bottom + 18, "middle small", text(Math.Pow(10, power)));
        }

        for (int i = 0; i < rows.Count; i++)
        {
            RangeRow row = rows[i];
            double y = Top + (RowHeight * (i + 0.5));
            svg.Start("g", ("class", row.CssClass));
            svg.Label(Left - 10, y + 4, "end", row.Name);
            double end = X(row.High);
            double start = row.Low is double low ? X(low) : Left;
            svg.Path($"M{SvgWriter.Number(start)} {SvgWriter.Number(y)}H{SvgWriter.Number(end)}", row.Low is null ? "curve bar" : "curve");
            foreach (double mark in row.Marks)
            {
                svg.Element("circle", ("cx", SvgWriter.Number(X(mark))), ("cy", SvgWriter.Number(y)), ("r", "4.5"), ("class", "marker"));
            }

            svg.Label(end + 10, y + 4, "small", row.Label);
            svg.End();
            svg.NewLine();
        }

        svg.End();

        double X(double value) => Left + (Math.Clamp((Math.Log10(Math.Max(value, 1e-12)) - from) / (to - from), 0, 1) * (Right - Left));
    }
}

namespace Aldis.Lab.Drawings;

/// <summary>Draws the arrows of a ladder.</summary>
internal static class SvgArrow
{
    private const double HeadLength = 9;
    private const double HeadWidth = 3.6;
    private const double Half = 0.5;
    private const double CrossSize = 5;

    /// <summary>Draws the half that everybody at its beginning can see.</summary>
    /// <param name="svg">Where.</param>
    /// <param name="shape">How it looks.</param>
    /// <param name="from">Where the arrow leaves.</param>
    /// <param name="to">Where it arrives, or would.</param>
    public static void DrawDeparture(SvgWriter svg, ArrowShape shape, (double X, double Y) from, (double X, double Y) to)
    {
        var line = new Line(from, to);
        Stroke(svg, MoveTo(from) + LineTo(line.At(line.Length * Half)));
        if (shape.HasRing)
        {
            svg.Element("circle", ("cx", N(from.X)), ("cy", N(from.Y)), ("r", "3.6"), ("class", "ring"));
        }
    }

    /// <summary>Draws the other half with its head.</summary>
    public static void DrawArrival(SvgWriter svg, ArrowShape shape, (double X, double Y) from, (double X, double Y) to)
    {
        var line = new Line(from, to);
        double begin = line.Length * Half;
        Stroke(svg, MoveTo(line.At(begin)) + (shape.IsDamaged
            ? Zigzag(line, begin, line.Length - HeadLength)
            : LineTo(line.At(line.Length - HeadLength + 1))));
        string head = MoveTo(line.At(line.Length - HeadLength, HeadWidth)) + LineTo(to)
            + LineTo(line.At(line.Length - HeadLength, -HeadWidth));
        svg.Path(shape.HasFullHead ? head + "Z" : head, "head");
    }

    /// <summary>Draws the cross of an arrow that never arrives.</summary>
    public static void DrawLoss(SvgWriter svg, (double X, double Y) from, (double X, double Y) to)
    {
        var line = new Line(from, to);
        (double x, double y) = line.At(line.Length * Half);
        string falling = MoveTo((x - CrossSize, y - CrossSize)) + LineTo((x + CrossSize, y + CrossSize));
        string rising = MoveTo((x - CrossSize, y + CrossSize)) + LineTo((x + CrossSize, y - CrossSize));
        svg.Path(falling + rising, "cross");
    }

    /// <summary>Where a word beside the cross stands: on the side the arrow did not reach.</summary>
    public static (double X, double Y) BesideCross((double X, double Y) from, (double X, double Y) to)
    {
        double x = from.X + ((to.X - from.X) * Half);
        double y = from.Y + ((to.Y - from.Y) * Half);
        return (to.X > from.X ? x + 9 : x - 9, y + 5);
    }

    private static void Stroke(SvgWriter svg, string path)
    {
        svg.Path(path, "hit");
        svg.Path(path, "line");
    }

    private static string Zigzag(Line line, double from, double to)
    {
        const double Stride = 6;
        const double Amplitude = 4;
        string path = string.Empty;
        double side = Amplitude;
        for (double along = from + Stride; along < to - Stride; along += Stride)
        {
            path += LineTo(line.At(along, side));
            side = -side;
        }

        return path + LineTo(line.At(to));
    }

    private static string MoveTo((double X, double Y) point) => $"M{N(point.X)} {N(point.Y)}";

    private static string LineTo((double X, double Y) point) => $"L{N(point.X)} {N(point.Y)}";

    private static string N(double value) => SvgWriter.Number(value);

    /// <summary>Points along a straight line, and beside it.</summary>
    private readonly struct Line
    {
        private readonly (double X, double Y) _from;
        private readonly (double X, double Y) _unit;

        public Line((double X, double Y) from, (double X, double Y) to)
        {
            Length = Math.Sqrt(((to.X - from.X) * (to.X - from.X)) + ((to.Y - from.Y) * (to.Y - from.Y)));
            _from = from;
            _unit = ((to.X - from.X) / Length, (to.Y - from.Y) / Length);
        }

        public double Length { get; }

        public (double X, double Y) At(double along, double aside = 0) => (
            _from.X + (_unit.X * along) - (_unit.Y * aside),
            _from.Y + (_unit.Y * along) + (_unit.X * aside));
    }
}

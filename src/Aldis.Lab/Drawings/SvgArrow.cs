namespace Aldis.Lab.Drawings;

/// <summary>Draws the arrows of a ladder.</summary>
internal static class SvgArrow
{
    private const double HeadLength = 9;
    private const double HeadWidth = 3.6;
    private const double CutAt = 0.55;
    private const double ZigzagAt = 0.4;
    private const double CrossSize = 5;

    /// <summary>Draws one.</summary>
    /// <param name="svg">Where.</param>
    /// <param name="shape">How it looks.</param>
    /// <param name="from">Where it leaves.</param>
    /// <param name="to">Where it arrives, or would.</param>
    public static void Draw(SvgWriter svg, ArrowShape shape, (double X, double Y) from, (double X, double Y) to)
    {
        double length = Math.Sqrt(((to.X - from.X) * (to.X - from.X)) + ((to.Y - from.Y) * (to.Y - from.Y)));
        (double X, double Y) unit = ((to.X - from.X) / length, (to.Y - from.Y) / length);
        (double X, double Y) At(double along, double aside = 0) =>
            (from.X + (unit.X * along) - (unit.Y * aside), from.Y + (unit.Y * along) + (unit.X * aside));

        double end = shape.IsCut ? length * CutAt : length;
        string line = MoveTo(At(0)) + (shape.IsDamaged
            ? LineTo(At(length * ZigzagAt)) + Zigzag(At, length * ZigzagAt, length - HeadLength)
            : LineTo(At(shape.IsCut ? end : end - HeadLength + 1)));
        svg.Path(line, "hit");
        svg.Path(line, "line");
        if (shape.HasRing)
        {
            svg.Element("circle", ("cx", N(from.X)), ("cy", N(from.Y)), ("r", "3.6"), ("class", "ring"));
        }

        if (!shape.IsCut)
        {
            string head = MoveTo(At(end - HeadLength, HeadWidth)) + LineTo(At(end)) + LineTo(At(end - HeadLength, -HeadWidth));
            svg.Path(shape.HasFullHead ? head + "Z" : head, "head");
        }

        if (shape.HasCross)
        {
            (double x, double y) = At(end);
            string falling = MoveTo((x - CrossSize, y - CrossSize)) + LineTo((x + CrossSize, y + CrossSize));
            string rising = MoveTo((x - CrossSize, y + CrossSize)) + LineTo((x + CrossSize, y - CrossSize));
            svg.Path(falling + rising, "cross");
        }
    }

    /// <summary>Where a word beside the cross stands: on the side the arrow did not reach.</summary>
    public static (double X, double Y) BesideCross((double X, double Y) from, (double X, double Y) to)
    {
        double x = from.X + ((to.X - from.X) * CutAt);
        double y = from.Y + ((to.Y - from.Y) * CutAt);
        return (to.X > from.X ? x + 9 : x - 9, y + 5);
    }

    private static string Zigzag(Func<double, double, (double X, double Y)> at, double from, double to)
    {
        const double Stride = 6;
        const double Amplitude = 4;
        string path = string.Empty;
        double side = Amplitude;
        for (double along = from + Stride; along < to - Stride; along += Stride)
        {
            path += LineTo(at(along, side));
            side = -side;
        }

        return path + LineTo(at(to, 0));
    }

    private static string MoveTo((double X, double Y) point) => $"M{N(point.X)} {N(point.Y)}";

    private static string LineTo((double X, double Y) point) => $"L{N(point.X)} {N(point.Y)}";

    private static string N(double value) => SvgWriter.Number(value);
}

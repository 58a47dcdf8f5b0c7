namespace Aldis.Lab.Drawings;

/// <summary>What stands above a ladder that is a picture of its own: heading, command, table and legend.</summary>
internal sealed class SvgHeader(SvgWriter svg, double width, double margin)
{
    private const double CommandCharacter = 7.25;
    private const double CommandLine = 17;
    private const double FactLine = 18;
    private const double FactsTop = 60;
    private const double RemarkLine = 17;
    private const double LegendHeight = 54;
    private const double LegendColumn = 232;
    private const double LegendRow = 19;
    private const int LegendColumns = 4;
    private const int LegendSamples = 8;
    private const int FactColumns = 3;

    /// <summary>Room that it takes.</summary>
    public static double HeightOf(LadderPicture picture, double width) =>
        FactsTop + (picture.Remarks.Count * RemarkLine)
        + (CommandLines(picture, width).Count * CommandLine) + (FactRows(picture) * FactLine) + LegendHeight + 22;

    /// <summary>Writes it.</summary>
    public void Write(LadderPicture picture)
    {
        svg.Label(margin, 34, "heading", picture.Heading);
        double y = 56;
        foreach (string remark in picture.Remarks)
        {
            svg.Label(margin, y, string.Empty, remark);
            y += RemarkLine;
        }

        y += 4;
        foreach (string line in CommandLines(picture, width))
        {
            svg.Label(margin, y, "command", line);
            y += CommandLine;
        }

        svg.NewLine();
        y += 10;
        WriteFacts(picture, y);
        y += (FactRows(picture) * FactLine) + 2;
        svg.Line(margin, y, width - margin, y, "rule");
        WriteLegend(svg, margin, y + 18, LegendColumns);
        y += LegendHeight;
        svg.Line(margin, y, width - margin, y, "rule");
        svg.NewLine();
    }

    /// <summary>The legend as a picture of its own.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="columns">Samples in a row.</param>
    /// <param name="cssClass">The class of the picture.</param>
    public static void WriteLegendAlone(TextWriter output, int columns, string cssClass)
    {
        using var alone = new SvgWriter(output);
        double width = (columns * LegendColumn) + 4;
        double height = 6 + (LegendRow * LegendSamples / columns);
        string size = $"0 0 {SvgWriter.Number(width)} {SvgWriter.Number(height)}";
        alone.Start("svg", ("viewBox", size), ("class", "aldis " + cssClass), ("role", "img"));
        alone.TextElement("title", "Legend");
        WriteLegend(alone, 2, 16, columns);
        alone.End();
    }

    /// <summary>Samples of every kind of arrow and sign with their meaning, row by row.</summary>
    private static void WriteLegend(SvgWriter svg, double margin, double y, int columns)
    {
        const double Sample = 60;
        (ArrowShape? Shape, string Text)[] samples =
        [
            (new ArrowShape("frame") { HasFullHead = true }, "frame 3, transmission #4"),
            (new ArrowShape("again") { HasFullHead = true, HasRing = true }, "sent again: #5 for #4"),
            (new ArrowShape("ack"), "ACK 4: all before 4 is here"),
            (null, "a timer runs out"),
            (new ArrowShape("frame lost") { HasFullHead = true }, "lost on the way"),
            (new ArrowShape("frame") { HasFullHead = true, IsDamaged = true }, "damaged, then dropped"),
            (new ArrowShape("frame copy") { HasFullHead = true }, "second copy, made by the link"),
            (null, "long wait, drawn shorter"),
        ];
        for (int i = 0; i < samples.Length; i++)
        {
            double x = margin + (i % columns * LegendColumn);
            double line = y + (i / columns * LegendRow);
            if (samples[i].Shape is { } shape)
            {
                WriteSample(svg, shape, (x, line - 4), (x + Sample, line - 4));
            }
            else if (i == samples.Length - 1)
            {
                svg.Line(x + (Sample / 2), line - 11, x + (Sample / 2), line + 3, "life waiting");
            }
            else
            {
                WriteClock(svg, x + (Sample / 2), line - 4);
            }

            svg.Label(x + Sample + 8, line, "small", samples[i].Text);
        }

        svg.NewLine();
    }

    private static void WriteSample(SvgWriter svg, ArrowShape shape, (double X, double Y) from, (double X, double Y) to)
    {
        svg.Start("g", ("class", shape.CssClass));
        SvgArrow.DrawDeparture(svg, shape, from, to);
        if (shape.CssClass.EndsWith("lost", StringComparison.Ordinal))
        {
            SvgArrow.DrawLoss(svg, from, to);
        }
        else
        {
            SvgArrow.DrawArrival(svg, shape, from, to);
        }

        svg.End();
    }

    /// <summary>The sign of a timer.</summary>
    public static void WriteClock(SvgWriter svg, double x, double y)
    {
        svg.Element("circle", ("cx", SvgWriter.Number(x)), ("cy", SvgWriter.Number(y)), ("r", "7"), ("class", "clock"));
        svg.Path($"M{SvgWriter.Number(x)} {SvgWriter.Number(y - 4)}v4h3", "clock");
    }

    private static int FactRows(LadderPicture picture) => (picture.Facts.Count + FactColumns - 1) / FactColumns;

    /// <summary>The command, broken between words where it is too long for a line.</summary>
    private static List<string> CommandLines(LadderPicture picture, double width)
    {
        int most = (int)((width - 40) / CommandCharacter);
        var lines = new List<string>();
        string line = string.Empty;
        foreach (string word in picture.Command.Split(' '))
        {
            if (line.Length > 0 && line.Length + word.Length + 3 > most)
            {
                lines.Add(line + " \\");
                line = "  " + word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        lines.Add(line);
        return lines;
    }

    private void WriteFacts(LadderPicture picture, double top)
    {
        double column = (width - (2 * margin)) / FactColumns;
        int rows = FactRows(picture);
        for (int i = 0; i < picture.Facts.Count; i++)
        {
            double x = margin + (i / rows * column);
            double y = top + (i % rows * FactLine);
            (string name, string value) = picture.Facts[i];
            svg.Label(x, y, "quiet", name);
            svg.Label(x + 124, y, string.Empty, value);
            svg.NewLine();
        }
    }
}

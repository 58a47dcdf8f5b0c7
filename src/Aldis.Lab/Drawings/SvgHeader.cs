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
        WriteLegend(svg, margin, y + 18);
        y += LegendHeight;
        svg.Line(margin, y, width - margin, y, "rule");
        svg.NewLine();
    }

    /// <summary>The legend as a picture of its own.</summary>
    public static void WriteLegendAlone(TextWriter output, double width)
    {
        using var alone = new SvgWriter(output);
        alone.Start("svg", ("viewBox", $"0 0 {SvgWriter.Number(width)} 44"), ("class", "aldis"), ("role", "img"));
        alone.TextElement("title", "Legend");
        WriteLegend(alone, 2, 16);
        alone.End();
    }

    /// <summary>Samples of every kind of arrow with their meaning, in two rows.</summary>
    private static void WriteLegend(SvgWriter svg, double margin, double y)
    {
        const double Column = 232;
        const double Sample = 60;
        (ArrowShape Shape, bool IsLost, string Text)[] samples =
        [
            (new ArrowShape("frame") { HasFullHead = true }, false, "frame 3, transmission #4"),
            (new ArrowShape("again") { HasFullHead = true, HasRing = true }, false, "sent again: #5 for #4"),
            (new ArrowShape("ack"), false, "ACK 4: all before 4 is here"),
            (new ArrowShape("frame") { HasFullHead = true }, true, "lost on the way"),
            (new ArrowShape("frame") { HasFullHead = true, IsDamaged = true }, false, "damaged, then dropped"),
            (new ArrowShape("frame copy") { HasFullHead = true }, false, "second copy, made by the link"),
        ];
        for (int i = 0; i < samples.Length; i++)
        {
            double x = margin + (i % 3 * Column);
            double line = y + (i / 3 * 19);
            (double X, double Y) from = (x, line - 4);
            (double X, double Y) to = (x + Sample, line - 4);
            svg.Start("g", ("class", samples[i].Shape.CssClass));
            SvgArrow.DrawDeparture(svg, samples[i].Shape, from, to);
            if (samples[i].IsLost)
            {
                SvgArrow.DrawLoss(svg, from, to);
            }
            else
            {
                SvgArrow.DrawArrival(svg, samples[i].Shape, from, to, isWhole: false);
            }

            svg.End();
            svg.Label(x + Sample + 8, line, "small", samples[i].Text);
        }

        double last = margin + (3 * Column);
        WriteClock(svg, last + 8, y - 4);
        svg.Label(last + 24, y, "small", "a timer runs out");
        svg.Line(last + 8, y + 8, last + 8, y + 22, "life waiting");
        svg.Label(last + 24, y + 19, "small", "long wait, drawn shorter");
        svg.NewLine();
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

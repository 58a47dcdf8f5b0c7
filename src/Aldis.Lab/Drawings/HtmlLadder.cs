using System.Globalization;
using System.Net;
using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Writes a ladder as one page that needs nothing else: the picture of <see cref="SvgLadder"/>, a list of its steps, and a script that
/// selects, highlights and scales what is there. The page asks no network for anything, and its policy forbids it to.
/// </summary>
internal static class HtmlLadder
{
    private const double FirstSheet = 800;
    private const double Sheet = 1250;
    private const double SearchedForCut = 160;
    private const double LabelClearance = 9;

    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

    private const string Tools = """
        <nav aria-label="Steps and view">
        <button type="button" data-do="back">&#9664; back</button>
        <button type="button" data-do="next">next &#9654;</button>
        <button type="button" data-do="play">play</button>
        <button type="button" data-do="all">show all</button>
        <span class="where"></span>
        <button type="button" data-do="smaller" aria-label="smaller">&#8722;</button>
        <button type="button" data-do="larger" aria-label="larger">+</button>
        <button type="button" data-do="fit">fit</button>
        <button type="button" data-do="theme">light / dark</button>
        <span>keys: &#8592; &#8594; step, space plays, Esc shows all, + &#8722; 0 zoom</span>
        </nav>
        """;

    private const string Hint =
        "Rest the mouse on an arrow, or go through time with the arrow keys. All copies of a frame light up together.";

    /// <summary>Writes the page.</summary>
    public static void Write(TextWriter output, LadderPicture picture)
    {
        SvgLadder ladder = SvgLadder.Of(picture);
        WriteHead(output, picture.Heading);
        WriteHeader(output, picture);
        output.Write(Tools.ReplaceLineEndings("\n") + "\n");
        output.Write("<main>\n<div class=\"ladder\">\n");
        ladder.WriteInside(output);
        output.Write("\n</div>\n<aside>\n");
        output.Write($"<div id=\"detail\" aria-live=\"polite\">{Hint}</div>\n");
        WriteList(output, picture);
        output.Write("</aside>\n</main>\n");
        WriteSheets(output, ladder);
        output.Write($"<script>\n{PageResource.Read("page.js")}</script>\n</body>\n</html>\n");
    }

    private static void WriteHead(TextWriter output, string heading)
    {
        output.Write("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        output.Write($"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy}\">\n");
        output.Write("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        output.Write($"<title>{Escaped(heading)}</title>\n");
        output.Write($"<style>\n{PageResource.Read("page.css")}{PageResource.Read("picture.css")}</style>\n");
        string dark = PageResource.Read("page-dark.css") + PageResource.Read("picture-dark.css");
        output.Write($"<style id=\"dark\" media=\"screen and (prefers-color-scheme: dark)\">\n{dark}</style>\n</head>\n<body>\n");
    }

    private static void WriteHeader(TextWriter output, LadderPicture picture)
    {
        output.Write($"<header>\n<h1>{Escaped(picture.Heading)}</h1>\n");
        foreach (string remark in picture.Remarks)
        {
            output.Write($"<p>{Escaped(remark)}</p>\n");
        }

        output.Write($"<pre>{Escaped(picture.Command)}</pre>\n<dl>\n");
        foreach ((string name, string value) in picture.Facts)
        {
            output.Write($"<div><dt>{Escaped(name)}</dt><dd>{Escaped(value)}</dd></div>\n");
        }

        output.Write("</dl>\n<div class=\"legend\">\n");
        SvgHeader.WriteLegendAlone(output, SvgLadder.Width);
        output.Write("\n</div>\n</header>\n");
    }

    private static void WriteList(TextWriter output, LadderPicture picture)
    {
        output.Write("<ol>\n");
        for (int i = 0; i < picture.Steps.Kept.Count; i++)
        {
            LadderStep step = picture.Steps.Kept[i];
            if (SvgLadder.IsShown(step))
            {
                string number = i.ToString(CultureInfo.InvariantCulture);
                string time = picture.Clock.Text(step.TimeNanoseconds);
                output.Write($"<li data-s=\"{number}\"><b>{time}</b><span>{Escaped(SvgLadder.LineOf(step))}</span></li>\n");
            }
        }

        output.Write("</ol>\n");
    }

    /// <summary>On paper the ladder is cut into sheets, between labels.</summary>
    private static void WriteSheets(TextWriter output, SvgLadder ladder)
    {
        output.Write("<div class=\"sheets\">\n");
        double from = 0;
        double[] labels = [.. ladder.LabelledPositions.Order()];
        while (from < ladder.Height)
        {
            double most = from == 0 ? FirstSheet : Sheet;
            double to = ladder.Height - from <= most ? ladder.Height : CutBefore(from + most, labels);
            string window = $"0 {SvgWriter.Number(from)} {SvgWriter.Number(SvgLadder.Width)} {SvgWriter.Number(to - from)}";
            output.Write($"<svg class=\"aldis\" viewBox=\"{window}\"><use href=\"#ladder\"/></svg>\n");
            from = to;
        }

        output.Write("</div>\n");
    }

    /// <summary>The lowest position above a limit where no label stands; the limit itself, if there is none near.</summary>
    private static double CutBefore(double limit, double[] labels)
    {
        for (double cut = limit; cut > limit - SearchedForCut; cut--)
        {
            if (!Array.Exists(labels, label => Math.Abs(label - cut) < LabelClearance))
            {
                return cut;
            }
        }

        return limit;
    }

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}

using System.Globalization;
using System.Net;
using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Writes a ladder as one page that needs nothing else: the picture of <see cref="SvgLadder"/> for wide and for narrow screens, a list of
/// its moments, what each side knows, and a script that goes through the moments. What comes later is not shown, and who looks at one side
/// alone sees what that side sees. The page asks no network for anything, and its policy forbids it to.
/// </summary>
internal static class HtmlLadder
{
    private const double FirstSheet = 800;
    private const double Sheet = 1250;
    private const double SearchedForCut = 160;
    private const double LabelClearance = 9;

    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

    private const int StripCells = 32;

    private const string Tools = """
        <nav aria-label="Moments and view">
        <button type="button" data-do="back">&#9664; back</button>
        <button type="button" data-do="next">next &#9654;</button>
        <button type="button" data-do="play">play</button>
        <button type="button" data-do="all">show all</button>
        <input type="range" min="0" value="0" aria-label="moment">
        <span class="where"></span>
        <label>look at <select><option value="b">everything</option><option value="c">the sender</option>
        <option value="s">the receiver</option></select></label>
        <span class="zoom"><button type="button" data-do="smaller" aria-label="smaller">&#8722;</button>
        <button type="button" data-do="larger" aria-label="larger">+</button>
        <button type="button" data-do="fit">fit</button></span>
        <button type="button" data-do="theme">light / dark</button>
        </nav>
        """;

    private const string Foot = """
        <footer aria-live="polite">
        <div id="detail"></div>
        <div class="knows c"><b>The sender knows</b> <span id="sender"></span><div id="strip"></div></div>
        <div class="knows s"><b>The receiver knows</b> <span id="receiver"></span></div>
        </footer>
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(TextWriter output, LadderPicture picture)
    {
        SvgLadder wide = SvgLadder.Of(picture, LadderGeometry.Wide);
        WriteHead(output, picture.Heading);
        WriteHeader(output, picture);
        output.Write(Tools.ReplaceLineEndings("\n") + "\n");
        output.Write("<main>\n<div class=\"ladder\">\n");
        wide.WriteInside(output, "wide");
        output.Write('\n');
        SvgLadder.Of(picture, LadderGeometry.Narrow).WriteInside(output, "narrow");
        output.Write("\n</div>\n<aside>\n");
        WriteList(output, picture, wide.Moments);
        output.Write("</aside>\n</main>\n");
        output.Write(Foot.ReplaceLineEndings("\n") + "\n");
        WriteSheets(output, wide);
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

        string command = string.Join(' ', picture.Command.Split(' ').Select(static word => $"<span>{Escaped(word)}</span>"));
        output.Write($"<pre>{command}</pre>\n<dl>\n");
        foreach ((string name, string value) in picture.Facts)
        {
            output.Write($"<div><dt>{Escaped(name)}</dt><dd>{Escaped(value)}</dd></div>\n");
        }

        output.Write("</dl>\n<div class=\"legend\">\n");
        SvgHeader.WriteLegendAlone(output, columns: 4, "many");
        SvgHeader.WriteLegendAlone(output, columns: 2, "few");
        output.Write("\n</div>\n</header>\n");
    }

    /// <summary>An item for each moment that is shown, with what its side sees, what is hidden from both, and what it knows from then
    /// on.</summary>
    private static void WriteList(TextWriter output, LadderPicture picture, IReadOnlyList<LadderMoment> moments)
    {
        var sender = new SenderKnowledge(picture.WindowFrames, picture.Frames);
        var receiver = new ReceiverKnowledge(picture.Frames);
        string start = Attribute("data-c", sender.Sentence()) + Attribute("data-w", Strip(sender))
            + Attribute("data-s", receiver.Sentence());
        output.Write($"<ol{start}>\n");
        for (int i = 0; i < moments.Count; i++)
        {
            LadderMoment moment = moments[i];
            (string seen, string hidden) = picture.Explain(moment);
            string knows = sender.Take(moment) ? Attribute("data-c", sender.Sentence()) + Attribute("data-w", Strip(sender)) : string.Empty;
            knows += receiver.Take(moment) ? Attribute("data-s", receiver.Sentence()) : string.Empty;
            if (LadderWords.IsShown(moment))
            {
                string number = i.ToString(CultureInfo.InvariantCulture);
                string time = picture.Clock.Text(moment.TimeNanoseconds);
                string told = (seen.Length > 0 ? Attribute("data-seen", seen) : string.Empty)
                    + (hidden.Length > 0 ? Attribute("data-hidden", hidden) : string.Empty);
                output.Write($"<li class=\"{SvgLadder.OwnerOf(moment)}\" data-m=\"{number}\"{told}{knows}><b>{time}</b>");
                string aside = LadderWords.Aside(moment);
                string truth = aside.Length == 0 ? string.Empty : $" <i class=\"truth\">({Escaped(aside)})</i>";
                output.Write($"<span>{Escaped(LadderWords.Line(moment))}{truth}</span></li>\n");
            }
        }

        output.Write("</ol>\n");
    }

    private static string Strip(SenderKnowledge sender) => string.Create(
        CultureInfo.InvariantCulture, $"{sender.Origin(StripCells)}:{sender.Strip(StripCells)}");

    private static string Attribute(string name, string text) => $" {name}=\"{Escaped(text)}\"";

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
            string window = $"0 {SvgWriter.Number(from)} {SvgWriter.Number(LadderGeometry.Wide.Width)} {SvgWriter.Number(to - from)}";
            output.Write($"<svg class=\"aldis\" viewBox=\"{window}\"><use href=\"#wide\"/></svg>\n");
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

using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Tests.Drawings;

/// <summary>The pictures, pages and diagrams of a ladder.</summary>
public sealed partial class LadderPictureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<ArqMode, int, int> Runs => new(
        from strategy in Enum.GetValues<ArqMode>()
        from frames in new[] { 1, 20, 200 }
        from seed in new[] { 7, 8 }
        select (strategy, frames, seed));

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_transmission_is_one_arrow_and_every_loss_one_cross(ArqMode strategy, int frames, int seed)
    {
        (LadderPicture picture, LabTally tally) = PictureOf(Rough(strategy, frames, seed));
        XElement svg = SvgOf(picture);
        string[][] arrows = [.. svg.Descendants(Svg + "g").Select(g => ClassesOf(g)).Where(c => c.Contains("step") && !c.Contains("copy"))];
        Assert.Equal(tally.FramesSent, arrows.Count(c => c.Contains("frame")));
        Assert.Equal(tally.Retransmissions, arrows.Count(c => c.Contains("again")));
        Assert.Equal(tally.AcknowledgementsSent, arrows.Count(c => c.Contains("ack")));
        long probesLost = picture.Steps.Kept.Count(s => s is { Kind: LadderStepKind.Probe, Fate: LadderFate.Lost });
        Assert.Equal(
            tally.FramesLost + tally.AcknowledgementsLost,
            svg.Descendants(Svg + "g").Where(g => ClassesOf(g).Contains("loss")).Descendants().Count(p => ClassesOf(p).Contains("cross")));
        Assert.Equal(0, probesLost);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void No_label_touches_another_of_its_side_and_no_arrow_goes_back_in_time(ArqMode strategy, int frames, int seed)
    {
        XElement svg = SvgOf(PictureOf(Rough(strategy, frames, seed)).Picture);
        XElement ladder = svg.Elements(Svg + "g").Single(g => g.Attribute("transform") is not null);
        ladder.Elements(Svg + "g").Where(g => ClassesOf(g).Contains("whole")).Remove();
        foreach (IGrouping<double, double> column in ladder.Descendants(Svg + "text").GroupBy(t => Number(t, "x"), t => Number(t, "y")))
        {
            double[] lines = [.. column.Order()];
            for (int i = 1; i < lines.Length; i++)
            {
                Assert.True(lines[i] - lines[i - 1] >= 12.5, $"labels at {column.Key} stand at {lines[i - 1]} and {lines[i]}");
            }
        }

        foreach (XElement line in ladder.Descendants(Svg + "path").Where(p => ClassesOf(p).Contains("line")))
        {
            double[] numbers = [.. Numbers().Matches(line.Attribute("d")!.Value)
                .Select(static m => double.Parse(m.Value, CultureInfo.InvariantCulture))];
            Assert.True(numbers[^1] > numbers[1], line.ToString());
        }
    }

    [Fact]
    public void A_picture_and_a_page_ask_for_nothing_from_outside()
    {
        LadderPicture picture = PictureOf(Rough(ArqMode.GoBackN, 20, 7)).Picture;
        foreach (string text in new[] { Written(SvgLadder.Write, picture), Written(HtmlLadder.Write, picture) })
        {
            string bare = text.Replace("xmlns=\"http://www.w3.org/2000/svg\"", string.Empty, StringComparison.Ordinal);
            foreach (string outside in (string[])["http:", "https:", "//", "url(", "@import", "src=", "fetch", "XMLHttp", "WebSocket", "eval("])
            {
                Assert.DoesNotContain(outside, WithoutComments(bare), StringComparison.OrdinalIgnoreCase);
            }
        }

        Assert.Contains("default-src 'none'", Written(HtmlLadder.Write, picture), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_others_stays_text()
    {
        LadderPicture picture = PictureOf(Rough(ArqMode.StopAndWait, 5, 7)).Picture with
        {
            Heading = "<script>alert(1)</script> & \"quoted\" 'text'",
            Command = "aldis lab --input '</pre><img onerror=x>\u0001\ud800.txt'",
            Facts = [("<i>", "&amp;"), ("]]>", "-->")],
            Remarks = ["</style><script>"],
            Explain = static _ => ("</title><script>x()</script>", "\"><script>y()</script>"),
        };
        XElement svg = SvgOf(picture);
        Assert.Contains(svg.Descendants(Svg + "text"), t => t.Value == picture.Heading);
        Assert.DoesNotContain(svg.Descendants(), e => e.Name.LocalName is "script" or "i" or "img");
        string page = Written(HtmlLadder.Write, picture);
        Assert.Single(Regex.Matches(page, "<script", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", page, StringComparison.Ordinal);
        string diagram = Written(MermaidLadder.Write, picture with { Command = "a\nb", Sides = ("A; B #1", "C") });
        Assert.StartsWith("%% a b\nsequenceDiagram\n    participant C as A#59; B #35;1\n", diagram, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_run_is_drawn_with_the_same_bytes_and_another_is_not()
    {
        foreach (Action<TextWriter, LadderPicture> write in new Action<TextWriter, LadderPicture>[]
        {
            SvgLadder.Write, HtmlLadder.Write, MermaidLadder.Write,
        })
        {
            string first = Written(write, PictureOf(Rough(ArqMode.SelectiveRepeat, 20, 7)).Picture);
            Assert.Equal(first, Written(write, PictureOf(Rough(ArqMode.SelectiveRepeat, 20, 7)).Picture));
            Assert.NotEqual(first, Written(write, PictureOf(Rough(ArqMode.SelectiveRepeat, 20, 8)).Picture));
        }
    }

    [Fact]
    public void A_picture_of_a_long_run_holds_the_first_steps_and_says_how_many_it_left_out()
    {
        (LadderPicture picture, _) = PictureOf(Rough(ArqMode.GoBackN, 500, 7), most: 50);
        Assert.Equal(50, picture.Steps.Kept.Count);
        string sentence = picture.Steps.LeftOutSentence!;
        Assert.Equal(
            $"The first 50 steps are shown; {picture.Steps.LeftOut.ToString("#,##0", CultureInfo.InvariantCulture)} more were left out. "
                + "The figures are of the whole run.",
            sentence);
        Assert.True(picture.Steps.LeftOut > 900);
        Assert.Contains(SvgOf(picture).Descendants(Svg + "text"), t => t.Value == sentence);
        Assert.Contains(sentence, Written(HtmlLadder.Write, picture), StringComparison.Ordinal);
        Assert.Contains("more were left out", Written(MermaidLadder.Write, picture), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_lists_every_moment_that_its_pictures_show()
    {
        LadderPicture picture = PictureOf(Rough(ArqMode.SelectiveRepeat, 50, 7)).Picture;
        string page = Written(HtmlLadder.Write, picture);
        string[] Marked(string pattern) => [.. Regex.Matches(page, pattern, RegexOptions.None, TimeSpan.FromSeconds(5))
            .Select(static m => m.Groups[1].Value).Distinct().Order()];
        Assert.Equal(
            Marked("<g class=\"(?:step|arrival|loss|mark)[^\"]*\" data-m=\"([0-9]+)\""), Marked("<li class=\".\" data-m=\"([0-9]+)\""));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_part_of_the_page_belongs_to_the_side_or_link_where_its_moment_is(ArqMode strategy, int frames, int seed)
    {
        LadderPicture picture = PictureOf(Rough(strategy, frames, seed)).Picture;
        List<LadderMoment> moments = LadderMoments.Of(picture.Steps.Kept);
        foreach (LadderGeometry geometry in new[] { LadderGeometry.Wide, LadderGeometry.Narrow })
        {
            LadderPicture scaled = picture with { IsToScale = seed == 8 };
            XElement svg = XElement.Parse(Written(output => SvgLadder.Of(scaled, geometry).WriteInside(output, "x")));
            XElement[] parts =
                [.. svg.Descendants().Where(static e => e.Attribute("data-m") is not null && !ClassesOf(e).Contains("made"))];
            Assert.NotEmpty(parts);
            Assert.All(
                svg.Descendants().Where(static e => ClassesOf(e).Any(static c => c is "c" or "s" or "l")),
                static e => Assert.True(e.DescendantsAndSelf().All(static part => part.Name.LocalName != "tspan"
                    || part.Attribute("data-m") is not null) && (e.Attribute("data-m") is not null || e.Elements(Svg + "tspan").Any())));
            Assert.All(parts, part =>
            {
                string owner = SvgLadder.OwnerOf(moments[int.Parse(part.Attribute("data-m")!.Value, CultureInfo.InvariantCulture)]);
                Assert.Contains(owner, part.AncestorsAndSelf().SelectMany(ClassesOf));
                Assert.DoesNotContain(part.AncestorsAndSelf().SelectMany(ClassesOf), c => c is "c" or "s" or "l" && c != owner);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void What_a_side_is_told_on_the_page_holds_nothing_that_it_cannot_know(ArqMode strategy, int frames, int seed)
    {
        LabSettings settings = Rough(strategy, frames, seed);
        var explanation = new LadderExplanation(strategy, settings.WindowFrames, frames, new LadderClock(2), 1000, 0);
        LadderPicture picture = PictureOf(settings).Picture with { Explain = m => (explanation.Seen(m), explanation.Hidden(m)) };
        string page = Written(HtmlLadder.Write, picture);
        string[] hidden = ["In truth", "The link", "nobody sent", "is lost", "was lost", "(copy", "copy of"];
        MatchCollection items = Regex.Matches(page, "<li class=\"[cs]\".*</li>", RegexOptions.None, TimeSpan.FromSeconds(5));
        Assert.NotEmpty(items);
        Assert.All(items, item =>
        {
            const string Hidden = "data-hidden=\"[^\"]*\"|<i class=\"truth\">.*?</i>|perhaps its first answer was lost";
            string seen = Regex.Replace(item.Value, Hidden, string.Empty, RegexOptions.None, TimeSpan.FromSeconds(5));
            Assert.All(hidden, word => Assert.DoesNotContain(word, seen, StringComparison.Ordinal));
        });
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void To_scale_the_same_time_is_the_same_length_everywhere(ArqMode strategy, int frames, int seed)
    {
        LadderPicture picture = PictureOf(Rough(strategy, frames, seed)).Picture with { IsToScale = true };
        List<LadderMoment> moments = LadderMoments.Of(picture.Steps.Kept);
        (double Time, double Y)[] departures = [.. SvgOf(picture).Descendants(Svg + "g").Where(g => ClassesOf(g).Contains("step"))
            .Select(g => (
                (double)moments[(int)Number(g, "data-m")].TimeNanoseconds,
                double.Parse(Numbers().Matches(g.Element(Svg + "path")!.Attribute("d")!.Value)[1].Value, CultureInfo.InvariantCulture)))];
        double scale = (departures[^1].Y - departures[0].Y) / (departures[^1].Time - departures[0].Time);
        Assert.True(scale > 0);
        Assert.All(departures, d => Assert.Equal(departures[0].Y + ((d.Time - departures[0].Time) * scale), d.Y, 0.02));
    }

    [Fact]
    public void A_run_in_which_nothing_arrives_is_drawn_too()
    {
        LabSettings hopeless = new() { Loss = 1, Frames = 3 };
        XElement svg = SvgOf(PictureOf(hopeless, most: 100).Picture);
        Assert.Contains(svg.Descendants(), e => ClassesOf(e).Contains("cross"));
    }

    [Fact]
    public void A_diagram_has_a_line_for_every_arrow()
    {
        (LadderPicture picture, LabTally tally) = PictureOf(Rough(ArqMode.GoBackN, 20, 7));
        string[] lines = Written(MermaidLadder.Write, picture).Split('\n');
        Assert.Equal(tally.Transmissions, lines.Count(l => ArrowOfFrame().IsMatch(l)));
        Assert.All(lines.Skip(4).SkipLast(1), l => Assert.Matches("^    (C|S)(->>|-->>|-x|--x)(C|S): [0-9]|^    Note over ", l));
        Assert.All(lines, l => Assert.DoesNotMatch("#(?!35;|59;)", l));
    }

    private static LabSettings Rough(ArqMode strategy, int frames, int seed) => new()
    {
        Strategy = strategy,
        Frames = frames,
        Loss = 0.1,
        Corrupt = 0.05,
        Duplicate = 0.05,
        Reorder = 0.05,
        Seed = (ulong)seed,
    };

    private static (LadderPicture Picture, LabTally Tally) PictureOf(LabSettings settings, int most = PictureSteps.MostByDefault)
    {
        var steps = new PictureSteps(most);
        var ladder = new LadderBuilder(LadderView.Everything, settings.FrameSize, steps);
        var run = new LabRun(settings, new PatternPayload(), ladder);
        run.Run();
        ladder.Complete(run.NowNanoseconds);
        var picture = new LadderPicture
        {
            Heading = "a run",
            Command = "aldis lab",
            Facts = [("seed", settings.Seed.ToString(CultureInfo.InvariantCulture))],
            Steps = steps,
            Clock = new LadderClock(2),
            Explain = static _ => (string.Empty, string.Empty),
            WindowFrames = settings.WindowFrames,
            Frames = settings.Frames,
        };
        return (picture, run.Tally);
    }

    private static XElement SvgOf(LadderPicture picture) => XElement.Parse(Written(SvgLadder.Write, picture));

    private static string Written(Action<TextWriter, LadderPicture> write, LadderPicture picture)
    {
        using var text = new StringWriter();
        write(text, picture);
        return text.ToString();
    }

    private static string WithoutComments(string page) =>
        Regex.Replace(page, "^ *// .*$", string.Empty, RegexOptions.Multiline, TimeSpan.FromSeconds(5));

    private static string Written(Action<TextWriter> write)
    {
        using var text = new StringWriter();
        write(text);
        return text.ToString();
    }

    private static string[] ClassesOf(XElement element) => element.Attribute("class")?.Value.Split(' ') ?? [];

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("[0-9.]+", RegexOptions.None, 5000)]
    private static partial Regex Numbers();

    [GeneratedRegex("^    C-(?:>>|x)S: [0-9.]+ frame ", RegexOptions.None, 5000)]
    private static partial Regex ArrowOfFrame();
}

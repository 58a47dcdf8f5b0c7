using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Aldis.Cli.Verbs.Lab;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis lab</c> with pictures, sweeps and the best choice.</summary>
public sealed class LabViewTests : IDisposable
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly string _directory = Directory.CreateTempSubdirectory("aldis-lab-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_picture_and_a_page_are_written_beside_the_text_and_the_same_options_write_the_same_bytes()
    {
        Run first = await LabAsync($"--strategy go-back-n --svg {At("a.svg")} --html {At("a.html")}");
        first.Ends(ExitCode.Confirmed);
        Assert.Equal((await LabAsync("--strategy go-back-n")).Output, first.Output);
        (await LabAsync($"--strategy go-back-n --svg {At("b.svg")} --html {At("b.html")}")).Ends(ExitCode.Confirmed);
        foreach (string kind in new[] { "svg", "html" })
        {
            string text = Read("a." + kind);
            Assert.Equal(text, Read("b." + kind));
            Assert.Contains(
                "aldis lab --strategy go-back-n --frames 20 --frame-size 1024 --window 8",
                text.Replace("<span>", string.Empty, StringComparison.Ordinal).Replace("</span>", string.Empty, StringComparison.Ordinal),
                StringComparison.Ordinal);
            Assert.Contains("measured / theory", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_keeps_what_it_held_until_there_is_a_picture_to_replace_it_with()
    {
        string old = new('x', 1_000_000);
        File.WriteAllText(At("a.svg"), old);
        Run interrupted = await Run.AldisAsync(
            Stream.Null, ["lab", "--frames", "10000000", "--quiet", "--svg", At("a.svg"), "--html", At("a.html")], new CancellationToken(canceled: true));
        Assert.Equal(ExitCode.Interrupted, interrupted.ExitCode);
        Assert.Equal(old, Read("a.svg"));
        Assert.False(File.Exists(At("a.html")));
        (await LabAsync($"--svg {At("a.svg")}")).Ends(ExitCode.Confirmed);
        Assert.EndsWith("</svg>\n", Read("a.svg"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--strategy go-back-n --window 3 --corrupt --timeout 210ms --rate 64kbit --delay 250us")]
    [InlineData("--frames 3 --loss 0.7% --ack-loss 12.5% --seed 99 --frame-size 8K")]
    [InlineData("--strategy selective-repeat --duplicate 3% --reorder 1% --rate 12345bit")]
    [InlineData("--strategy go-back-n --to-scale")]
    [InlineData("--strategy go-back-n --header 0 --ack-size 10 --processing 2ms --distance 3000km --kill data:1,data:3,ack:2")]
    public async Task The_command_on_a_picture_makes_that_picture(string options)
    {
        (await LabAsync($"{options} --svg {At("first.svg")}")).Ends(ExitCode.Confirmed);
        string command = string.Join(' ', XElement.Load(At("first.svg")).Elements(Svg + "text")
            .Where(static t => t.Attribute("class")?.Value == "command").Select(static t => t.Value.TrimEnd('\\').Trim()));
        Assert.StartsWith("aldis lab ", command, StringComparison.Ordinal);
        (await LabAsync($"{command["aldis lab ".Length..]} --svg {At("second.svg")}")).Ends(ExitCode.Confirmed);
        Assert.Equal(Read("first.svg"), Read("second.svg"));
    }

    [Fact]
    public void A_file_name_in_the_command_is_quoted_for_a_shell()
    {
        Assert.Contains(" --input 'it'\\''s <b>.txt' ", LabCommand.Of(new LabSettings(), "it's <b>.txt"), StringComparison.Ordinal);
        Assert.Contains(" --input a/photo-1.jpg ", LabCommand.Of(new LabSettings(), "a/photo-1.jpg"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_diagram_is_all_that_is_printed()
    {
        Run run = (await LabAsync("--mermaid")).Ends(ExitCode.Confirmed);
        Assert.StartsWith("%% aldis lab --strategy stop-and-wait", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("efficiency", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_has_a_point_for_every_strategy_and_value_in_its_table_its_objects_and_its_picture()
    {
        Run table = (await LabAsync($"--sweep loss=0..30% --frames 200 --svg {At("sweep.svg")}")).Ends(ExitCode.Confirmed);
        Assert.Equal(11, table.Output.Split('\n').Count(static line => line.Count(static c => c == '%') == 7));
        Run objects = (await LabAsync("--sweep loss=0..30% --frames 200 --json")).Ends(ExitCode.Confirmed);
        Assert.Equal(33, objects.Events.Count);
        Assert.All(objects.Events, static e => Assert.Equal("point", e.GetProperty("event").GetString()));
        JsonElement last = objects.Events[^1];
        Assert.Equal("selective-repeat", last.GetProperty("strategy").GetString());
        Assert.Equal(0.3, last.GetProperty("value").GetDouble());
        Assert.InRange(last.GetProperty("theory").GetDouble(), 0.001, last.GetProperty("textbook").GetDouble());
        string measured = (last.GetProperty("efficiency").GetDouble() * 100).ToString("0.000", CultureInfo.InvariantCulture);
        Assert.Contains($" {measured} %", table.Output, StringComparison.Ordinal);
        XElement picture = XElement.Load(At("sweep.svg"));
        XElement[] points = [.. picture.Elements(Svg + "g").Where(static g => HasClass(g, "point"))];
        Assert.Equal(33, points.Length);
        Assert.Contains(points, p => p.Element(Svg + "title")!.Value.Contains($"measured {measured} %", StringComparison.Ordinal));
        Assert.Equal(3, picture.Descendants(Svg + "path").Count(static p => HasClass(p, "curve")));
        double[] names = [.. picture.Elements(Svg + "text").Where(static t => HasClass(t, "name"))
            .Select(static t => double.Parse(t.Attribute("y")!.Value, CultureInfo.InvariantCulture))];
        Assert.Equal(3, names.Length);
        Assert.All(names.Order().Zip(names.Order().Skip(1)), static pair => Assert.True(pair.Second - pair.First >= 15.9));
    }

    [Theory]
    [InlineData("window=1..64", "window", 1, 64)]
    [InlineData("delay=1..500ms", "delay", 1e6, 5e8)]
    [InlineData("delay=100us..1s", "delay", 1e5, 1e9)]
    [InlineData("frame-size=64..8K", "frame-size", 64, 8192)]
    [InlineData("loss=5..30%", "loss", 0.05, 0.3)]
    public void A_range_is_read_with_its_units(string text, string name, double from, double to)
    {
        LabSweep sweep = SweepSpecification.Read(text, new LabSettings { Strategy = ArqMode.GoBackN });
        Assert.Equal(name, SweepWords.Name(sweep.Parameter));
        Assert.Equal((from, to), (sweep.From, sweep.To));
    }

    [Fact]
    public async Task Best_names_a_frame_size_and_a_window_for_each_strategy_and_a_command_that_runs()
    {
        Run run = (await LabAsync("--best --frames 500 --delay 2ms")).Ends(ExitCode.Confirmed);
        foreach (string strategy in new[] { "stop-and-wait", "go-back-n", "selective-repeat" })
        {
            Assert.Matches($"(?m)^{strategy} +[0-9,]+ B +[0-9,]+ +[0-9.]+ % +[0-9.]+ % +[0-9.]+ %$", run.Output);
        }

        string command = run.Output.TrimEnd('\n').Split('\n')[^1].Trim();
        Assert.StartsWith("aldis lab --strategy selective-repeat --frames 200 --frame-size ", command, StringComparison.Ordinal);
        (await LabAsync(command["aldis lab ".Length..] + " --quiet")).Ends(ExitCode.Confirmed);
        Assert.Equal(3, (await LabAsync("--best --frames 500 --delay 2ms --json")).Ends(ExitCode.Confirmed).Events.Count);
    }

    [Theory]
    [InlineData("--sweep loss", "--sweep takes loss=0..30%")]
    [InlineData("--sweep loss=30%", "--sweep takes loss=0..30%")]
    [InlineData("--sweep speed=1..2", "--sweep takes loss=0..30%")]
    [InlineData("--sweep loss=0..2", "--sweep takes loss=0..30%")]
    [InlineData("--sweep loss=30..5%", "goes beyond what can be swept")]
    [InlineData("--sweep loss=0..95%", "goes beyond what can be swept")]
    [InlineData("--sweep window=0..8", "goes beyond what can be swept")]
    [InlineData("--sweep loss=0..30% --strategy go-back-n", "goes without --strategy")]
    [InlineData("--sweep loss=0..30% --html x.html", "has no ladder to draw")]
    [InlineData("--sweep loss=0..30% --best", "exclude each other")]
    [InlineData("--sweep loss=0..30% --input README.md", "--input is for one run")]
    [InlineData("--best --svg x.svg", "has no ladder to draw")]
    [InlineData("--best --loss 100%", "Nothing arrives")]
    [InlineData("--mermaid --json", "exclude each other")]
    [InlineData("--to-scale", "--to-scale is for a picture or a page: give --svg FILE or --html FILE.")]
    [InlineData("--to-scale --sweep loss=0..1% --svg x.svg", "--to-scale is for a ladder, and --sweep has none.")]
    [InlineData("--ascii --json", "--ascii is for text, and --json prints none: it is UTF-8 always.")]
    [InlineData("--ascii --mermaid", "--ascii is for text, and --mermaid prints none")]
    [InlineData("--svg /no/such/place/x.svg", "cannot be written")]
    public async Task What_cannot_be_done_is_refused_in_a_sentence(string options, string sentence)
    {
        Run run = await LabAsync(options);
        run.Ends(ExitCode.UsageOrLocalError, sentence);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
    }

    private static Task<Run> LabAsync(string options) =>
        Run.AldisAsync(["lab", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    private static bool HasClass(XElement element, string name) => element.Attribute("class")!.Value.Split(' ').Contains(name);

    private string At(string name) => Path.Combine(_directory, name);

    private string Read(string name) => File.ReadAllText(At(name));
}

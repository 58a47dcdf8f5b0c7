using System.Globalization;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;

namespace Aldis.Lab.Tests.Drawings;

/// <summary>A run of the laboratory that a program draws.</summary>
public sealed class RunPictureTests
{
    private static readonly LabSettings Settings = new() { Frames = 6, Loss = 0.3 };

    [Fact]
    public void A_run_is_drawn_as_text_with_a_line_for_each_step()
    {
        (LabSummary summary, PictureSteps steps) = Run();

        string[] lines = Written(output => RunPicture.WriteText(output, summary, steps, columns: 80)).TrimEnd().Split(Environment.NewLine);

        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal(summary.Tally.FramesSent, lines.Count(static line => line.Contains("├─ frame", StringComparison.Ordinal)));
        Assert.Equal(summary.Tally.Retransmissions, lines.Count(static line => line.Contains("├═ frame", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_run_is_drawn_as_SVG_as_a_page_and_as_a_diagram()
    {
        (LabSummary summary, PictureSteps steps) = Run();

        string svg = Written(output => RunPicture.WriteSvg(output, summary, steps, "again"));
        string page = Written(output => RunPicture.WriteHtml(output, summary, steps, "again"));
        string diagram = Written(output => RunPicture.WriteMermaid(output, summary, steps, "again"));

        Assert.StartsWith("<svg", svg, StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("sequenceDiagram", diagram, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_a_ladder_is_the_run_without_one()
    {
        var bare = new LabRun(Settings);
        bare.Run();

        Assert.Equal(bare.ElapsedNanoseconds, Run().Summary.ElapsedNanoseconds);
    }

    private static (LabSummary Summary, PictureSteps Steps) Run()
    {
        var steps = new PictureSteps();
        LadderBuilder ladder = steps.CreateLadder(Settings);
        var run = new LabRun(Settings, ladder);
        run.Run();
        ladder.Complete(run.NowNanoseconds);
        return (LabSummary.Of(Settings, run), steps);
    }

    private static string Written(Action<TextWriter> write)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        write(output);
        return output.ToString();
    }
}

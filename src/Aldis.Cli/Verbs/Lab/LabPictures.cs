using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>The pictures of a run: collects its steps while it goes on, and writes what was asked for when it is over.</summary>
internal sealed class LabPictures : IDisposable
{
    private readonly string _command;
    private readonly bool _isToScale;
    private readonly TextFile? _svg;
    private readonly TextFile? _html;

    /// <param name="command">The command that makes them again.</param>
    /// <param name="svgPath">Where the picture goes, or null.</param>
    /// <param name="htmlPath">Where the page goes, or null.</param>
    /// <param name="isMermaid">Whether a diagram goes to standard output instead of text.</param>
    /// <param name="isToScale">Whether time is in proportion throughout.</param>
    /// <exception cref="UsageException">A file cannot be written.</exception>
    public LabPictures(string command, string? svgPath, string? htmlPath, bool isMermaid, bool isToScale)
    {
        _isToScale = isToScale;
        _command = isToScale ? command + " --to-scale" : command;
        _svg = TextFile.Open(svgPath);
        try
        {
            _html = TextFile.Open(htmlPath);
        }
        catch
        {
            _svg?.Dispose();
            throw;
        }

        IsMermaid = isMermaid;
        bool isMermaidAlone = isMermaid && svgPath is null && htmlPath is null;
        Steps = new PictureSteps(isMermaidAlone ? MermaidLadder.MostSteps : PictureSteps.MostByDefault);
    }

    /// <summary>Takes the steps of the run.</summary>
    public PictureSteps Steps { get; }

    /// <summary>Whether a diagram takes the place of text on standard output.</summary>
    public bool IsMermaid { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _svg?.Dispose();
        _html?.Dispose();
    }

    /// <summary>Writes everything.</summary>
    /// <param name="context">Where standard output is.</param>
    /// <param name="summary">The run.</param>
    /// <exception cref="UsageException">A file cannot be written.</exception>
    public void Write(VerbContext context, LabSummary summary)
    {
        LadderPicture picture = RunPicture.Of(summary, Steps, _command, _isToScale);
        _svg?.Write(writer => SvgLadder.Write(writer, picture));
        _html?.Write(writer => HtmlLadder.Write(writer, picture));
        if (IsMermaid)
        {
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            MermaidLadder.Write(text, picture with { Steps = Steps.First(MermaidLadder.MostSteps) });
            DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(text.ToString()));
        }
    }
}

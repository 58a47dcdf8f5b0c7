using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>The options of <c>aldis lab</c> that draw a run, or make many runs of it.</summary>
internal sealed class LabViewOptions
{
    /// <summary>The name of the option for ASCII.</summary>
    public const string AsciiName = "--ascii";

    private readonly Option<string?> _svg = new("--svg")
    {
        HelpName = "FILE",
        Description = "also draw the ladder, or with --sweep the curves, as a picture",
    };

    private readonly Option<string?> _html = new("--html")
    {
        HelpName = "FILE",
        Description = "also write the ladder as one page to step through, which needs no network",
    };

    private readonly Option<bool> _mermaid = new("--mermaid")
    {
        Description = "print the ladder as a Mermaid sequence diagram and nothing else",
    };

    private readonly Option<string?> _sweep = new("--sweep")
    {
        HelpName = "RANGE",
        Description = "efficiency of all three strategies over loss=0..30%, window=1..64, delay=1..500ms or frame-size=64..8K",
    };

    private readonly Option<bool> _best = new("--best") { Description = "name the best frame size and window for the link" };

    private readonly Option<bool> _toScale = new("--to-scale")
    {
        Description = "draw time in proportion throughout, in --svg and --html; otherwise waits are shortened",
    };

    private readonly Option<bool> _ascii = new(AsciiName)
    {
        Description = "print text in ASCII; also done where the locale (LC_ALL, LC_CTYPE, LANG) is not UTF-8",
    };

    /// <summary>All of them, for the command.</summary>
    public IEnumerable<Option> All => [_svg, _html, _mermaid, _toScale, _ascii, _sweep, _best];

    /// <summary>Where the verb writes, as the options ask for it.</summary>
    /// <param name="context">Where it writes otherwise.</param>
    /// <param name="call">The command line.</param>
    /// <exception cref="UsageException">Options exclude each other.</exception>
    public VerbContext ContextOf(VerbContext context, ParseResult call)
    {
        if (!call.GetValue(_ascii))
        {
            return context;
        }

        if (call.GetValue(_mermaid) || call.GetValue<bool>(VerbContext.JsonName))
        {
            string other = call.GetValue(_mermaid) ? "--mermaid" : VerbContext.JsonName;
            throw new UsageException($"--ascii is for text, and {other} prints none: it is UTF-8 always.");
        }

        return context.WithAscii();
    }

    /// <summary>Whether many runs are asked for instead of one.</summary>
    public bool AsksForManyRuns(ParseResult call) => call.GetValue(_sweep) is not null || call.GetValue(_best);

    /// <summary>What draws a run; null if nothing does.</summary>
    /// <param name="call">The command line.</param>
    /// <param name="settings">The experiment.</param>
    /// <param name="files">The file that is sent and the script, or null.</param>
    /// <param name="isJson">Whether standard output carries objects.</param>
    /// <exception cref="UsageException">Options exclude each other.</exception>
    public LabPictures? PicturesOf(ParseResult call, LabSettings settings, (string? Input, string? Script) files, bool isJson)
    {
        bool isMermaid = call.GetValue(_mermaid);
        if (isMermaid && isJson)
        {
            throw new UsageException("--mermaid and --json exclude each other: both are for standard output.");
        }

        string? svg = call.GetValue(_svg);
        string? html = call.GetValue(_html);
        RefuseSame(("--svg", svg), ("--html", html), ("--input", files.Input), ("--script", files.Script));
        bool isToScale = call.GetValue(_toScale);
        if (isToScale && svg is null && html is null)
        {
            throw new UsageException("--to-scale is for a picture or a page: give --svg FILE or --html FILE.");
        }

        string command = LabCommand.Of(settings, files.Input, files.Script);
        return svg is null && html is null && !isMermaid ? null : new LabPictures(command, svg, html, isMermaid, isToScale);
    }

    /// <summary>Refuses one file for two purposes: the second would overwrite what the first is there for.</summary>
    private static void RefuseSame(params (string Option, string? Path)[] files)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string option, string? path) in files)
        {
            if (path is not (null or "" or "-") && !named.TryAdd(Path.GetFullPath(path), option))
            {
                throw new UsageException($"{named[Path.GetFullPath(path)]} and {option} both name {path}: give each a file of its own.");
            }
        }
    }

    /// <summary>Makes the runs.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="call">The command line.</param>
    /// <param name="experiment">The link, and what does not vary.</param>
    /// <param name="events">Takes objects instead of text, or null.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">It cannot be done as asked.</exception>
    public int Run(VerbContext context, ParseResult call, LabOptions experiment, JsonEvents? events)
    {
        string? sweep = call.GetValue(_sweep);
        string name = sweep is null ? "--best" : "--sweep";
        if (sweep is not null && call.GetValue(_best))
        {
            throw new UsageException("--sweep and --best exclude each other.");
        }

        if (call.GetValue(_html) is not null || call.GetValue(_mermaid) || (sweep is null && call.GetValue(_svg) is not null))
        {
            throw new UsageException($"{name} has no ladder to draw; --sweep has --svg and --json, --best has --json.");
        }

        if (call.GetValue(_toScale))
        {
            throw new UsageException($"--to-scale is for a ladder, and {name} has none.");
        }

        LabSettings settings = experiment.ReadForAll(call, name);
        long? frames = experiment.GivenFrames(call);
        return sweep is null
            ? BestSession.Run(context, settings, frames, events)
            : SweepSession.Run(context, settings, sweep, frames, events, call.GetValue(_svg));
    }
}

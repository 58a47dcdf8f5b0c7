using System.Text;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Where a verb reads and writes. Standard output carries data only (or NDJSON), everything for people goes to standard error.
/// Tests give streams of their own.
/// </summary>
internal sealed record CommandConsole
{
    private const int PageColumns = 80;

    /// <summary>Payload in.</summary>
    public required Stream Input { get; init; }

    /// <summary>Data out; flushed by whoever writes a piece that a reader may wait for.</summary>
    public required Stream Output { get; init; }

    /// <summary>For people; several threads may write at once.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>A person types at <see cref="Input"/>.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>A person reads <see cref="Output"/>: what came from the network is escaped there.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>A person watches <see cref="Error"/>: progress bars and live lines are welcome.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal that shows <see cref="Error"/>, or of a page where there is none.</summary>
    public int ErrorColumns { get; init; } = PageColumns;

    /// <summary>Colours are welcome: a terminal that is not dumb, and NO_COLOR is not set (https://no-color.org).</summary>
    public bool UseColor { get; init; }

    /// <summary>Colours are welcome on <see cref="Output"/>.</summary>
    public bool UseOutputColor { get; init; }

    /// <summary>Columns of the terminal that shows <see cref="Output"/>, or of a page where there is none.</summary>
    public int OutputColumns { get; init; } = PageColumns;

    /// <summary>Waits for a key that a person presses at <see cref="Input"/>, and shows none of it; null where nobody does.</summary>
    public Func<char>? ReadKey { get; init; }

    /// <summary>Signs beyond ASCII would not be shown, on standard output or on standard error.</summary>
    public bool IsAscii { get; init; }

    /// <summary>Where the person is, for times that are shown.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Local;

    /// <summary>The console of this process.</summary>
    public static CommandConsole OfProcess() => new()
    {
        Input = StandardStream.Open(Descriptors.Input),
        Output = StandardStream.Open(Descriptors.Output),
        Error = ErrorTo(StandardStream.Open(Descriptors.Error)),
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected && !IsDumb(Environment.GetEnvironmentVariable),
        ErrorColumns = ColumnsOf(Console.IsErrorRedirected),
        UseColor = !Console.IsErrorRedirected && IsColorful(Environment.GetEnvironmentVariable),
        UseOutputColor = !Console.IsOutputRedirected && IsColorful(Environment.GetEnvironmentVariable),
        OutputColumns = ColumnsOf(Console.IsOutputRedirected),
        ReadKey = Console.IsInputRedirected ? null : static () => Console.ReadKey(intercept: true).KeyChar,
        IsAscii = AsciiText.IsNeeded(Environment.GetEnvironmentVariable),
    };

    /// <summary>Writes lines of text to <see cref="Output"/> and flushes.</summary>
    /// <param name="text">The lines.</param>
    /// <exception cref="OutputFailedException">It cannot be written any more.</exception>
    public void WriteText(string text) => DataOutput.Write(Output, Encoding.UTF8.GetBytes(Shown(text)));

    /// <summary>A text as it can be shown.</summary>
    /// <param name="text">The text.</param>
    public string Shown(string text) => IsAscii ? AsciiText.Of(text) : text;

    /// <summary>A writer for people, whose failures change nothing: neither what the command does nor what it ends with.</summary>
    /// <param name="output">Standard error.</param>
    public static TextWriter ErrorTo(Stream output) => TextWriter.Synchronized(
        new StreamWriter(new ForgivingStream(output), new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" });

    /// <summary>Whether colours are welcome at a terminal.</summary>
    /// <param name="environment">Gives the value of a variable.</param>
    internal static bool IsColorful(Func<string, string?> environment) => string.IsNullOrEmpty(environment("NO_COLOR")) && !IsDumb(environment);

    /// <summary>Whether the terminal knows nothing but characters and line ends (TERM=dumb): no escapes, no line that is written over.</summary>
    /// <param name="environment">Gives the value of a variable.</param>
    internal static bool IsDumb(Func<string, string?> environment) => environment("TERM") == "dumb";

    private static int ColumnsOf(bool isRedirected) => isRedirected || Console.WindowWidth <= 0 ? PageColumns : Console.WindowWidth;
}

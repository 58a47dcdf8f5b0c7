using System.Text;

namespace Aldis.Cli.Terminal;

/// <summary>
/// A few lines on standard error that are written over while something runs, and are gone at the end. Does nothing where standard error is no
/// terminal, or a dumb one. Thread-safe.
/// </summary>
/// <param name="console">Where to.</param>
/// <param name="isQuiet">Whether nothing is shown.</param>
internal sealed class LivePanel(CommandConsole console, bool isQuiet) : IDisposable
{
    // ECMA-48: cursor previous line, erase to the end of the line, erase to the end of the screen.
    private const string EraseLine = "\u001b[K";
    private const string EraseBelow = "\u001b[J";

    private readonly Lock _lock = new();
    private int _height;

    /// <summary>Whether anything is shown.</summary>
    public bool IsShown { get; } = console.ErrorIsTerminal && !isQuiet;

    /// <summary>Shows lines in the place of those that are there.</summary>
    /// <param name="lines">The lines; each fits into the terminal.</param>
    public void Show(IReadOnlyList<string> lines)
    {
        if (!IsShown)
        {
            return;
        }

        lock (_lock)
        {
            var text = new StringBuilder(Home());
            foreach (string line in lines)
            {
                text.Append(line).Append(EraseLine).Append('\n');
            }

            if (_height > lines.Count)
            {
                text.Append(EraseBelow);
            }

            _height = lines.Count;
            console.Error.Write(text);
        }
    }

    /// <summary>Writes a line that stays, in the place of those that are there; they are below it when they are shown again. It is written
    /// where standard error is no terminal too.</summary>
    /// <param name="line">The line.</param>
    public void WriteLine(string line)
    {
        lock (_lock)
        {
            Clear();
            console.Error.WriteLine(line);
        }
    }

    /// <summary>Takes the lines away, so that something else can be written in their place.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_height > 0)
            {
                console.Error.Write(Home() + EraseBelow);
                _height = 0;
            }
        }
    }

    /// <summary>Takes the lines away.</summary>
    public void Dispose() => Clear();

    private string Home() => _height == 0 ? string.Empty : FormattableString.Invariant($"\u001b[{_height}F");
}

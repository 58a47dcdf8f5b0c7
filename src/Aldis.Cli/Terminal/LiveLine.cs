using System.Diagnostics;

namespace Aldis.Cli.Terminal;

/// <summary>
/// One line on standard error that is written over again and again while something takes its time, and is gone at the end. Does
/// nothing where standard error is no terminal. Safe to call from several threads.
/// </summary>
internal sealed class LiveLine(CommandConsole console, bool isQuiet) : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly bool _isShown = console.ErrorIsTerminal && !isQuiet;
    private long _lastShown;
    private int _width;

    /// <summary>Columns that a line may have; a longer one would go on in the next, and stay there.</summary>
    public int Columns { get; } = Math.Max(1, console.ErrorColumns - 1);

    /// <summary>Shows a text, unless the last one is younger than a tenth of a second.</summary>
    /// <param name="text">Makes the text, which is cut to <see cref="Columns"/>; only called where it is shown.</param>
    public void Show(Func<string> text)
    {
        if (!_isShown)
        {
            return;
        }

        lock (_lock)
        {
            if (_lastShown != 0 && Stopwatch.GetElapsedTime(_lastShown) < Pace)
            {
                return;
            }

            _lastShown = Stopwatch.GetTimestamp();
            string line = TextColumns.Cut(text(), Columns);
            console.Error.Write("\r" + line.PadRight(_width));
            _width = line.Length;
        }
    }

    /// <summary>Takes the line away, so that something else can be written in its place.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_width > 0)
            {
                console.Error.Write("\r" + new string(' ', _width) + "\r");
                _width = 0;
            }
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose() => Clear();
}

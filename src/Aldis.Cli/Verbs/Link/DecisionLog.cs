using Aldis.Cli.Terminal;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Link;

/// <summary>
/// Writes every decision of a link into a file, a line for each (docs/link.md). It waits for the file rather than leave one out; a file that
/// cannot be written any more ends the log, with a sentence, and not the link. Safe to call from several threads.
/// </summary>
internal sealed class DecisionLog : IDisposable
{
    private const int HeldBytes = 64 * 1024;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly NdjsonBuffer _lines = new();
    private readonly FileStream _file;
    private readonly TextWriter _error;
    private readonly Timer _timer;
    private bool _isOver;

    private DecisionLog(FileStream file, ulong seed, TextWriter error)
    {
        _file = file;
        _error = error;
        _lines.Append("begin", writer => DecisionLine.WriteBegin(writer, seed));
        _timer = new Timer(static log => ((DecisionLog)log!).Flush(), this, Pace, Pace);
    }

    /// <summary>Whether a decision is missing in the file.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Begins a log; what the file held before is gone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">Decides every draw of the link.</param>
    /// <param name="error">Is told where it cannot be written any more.</param>
    /// <returns>The log.</returns>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static DecisionLog Open(string path, ulong seed, TextWriter error)
    {
        try
        {
            return new DecisionLog(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), seed, error);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"--log: {path} cannot be written: {exception.Message}");
        }
    }

    /// <summary>Who is told of the decisions of a link.</summary>
    /// <param name="proxy">Its name; null where there is one link.</param>
    /// <returns>The observer.</returns>
    public ILinkObserver ObserverOf(string? proxy) => new Observer(this, proxy);

    /// <summary>Writes what is held and closes the file.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Flush();
        lock (_lock)
        {
            _isOver = true;
            _file.Dispose();
        }
    }

    private void Append(LinkNote note, string? proxy)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _lines.Append("decision", writer => DecisionLine.Write(writer, note, proxy));
            if (_lines.Written.Length >= HeldBytes)
            {
                Flush();
            }
        }
    }

    private void Flush()
    {
        lock (_lock)
        {
            if (_isOver || _lines.Written.IsEmpty)
            {
                return;
            }

            try
            {
                _file.Write(_lines.Written);
            }
            catch (IOException exception)
            {
                _isOver = true;
                IsIncomplete = true;
                _error.WriteLine($"aldis: --log: {_file.Name} cannot be written any more, and decisions are missing in it from here on: {exception.Message}");
            }

            _lines.Clear();
        }
    }

    private sealed class Observer(DecisionLog log, string? proxy) : ILinkObserver
    {
        public void OnDecision(in LinkNote note) => log.Append(note, proxy);
    }
}

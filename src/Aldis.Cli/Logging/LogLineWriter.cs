using System.Text;
using Microsoft.Extensions.Logging;

namespace Aldis.Cli.Logging;

/// <summary>Where the command speaks to people while it keeps a log: each line becomes a record. Thread-safe.</summary>
/// <param name="log">Takes the records.</param>
internal sealed class LogLineWriter(ServerLog log) : TextWriter
{
    private const string Command = "aldis: ";
    private const string Warning = "aldis: warning: ";

    private readonly Lock _lock = new();
    private readonly StringBuilder _line = new();

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        string? line = null;
        lock (_lock)
        {
            if (value == '\n')
            {
                line = _line.ToString();
                _line.Clear();
            }
            else
            {
                _line.Append(value);
            }
        }

        if (line is not null)
        {
            Take(line);
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Take(value ?? string.Empty);

    /// <summary>Writes why the command ends as it does.</summary>
    /// <param name="sentence">Why.</param>
    public void WriteFailure(string sentence) => log.Write(LogLevel.Error, ServerLog.Command, sentence);

    private void Take(string line)
    {
        LogLevel level = line.StartsWith(Warning, StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Information;
        string beginning = level == LogLevel.Warning ? Warning : Command;
        log.Write(level, ServerLog.Command, line.StartsWith(beginning, StringComparison.Ordinal) ? line[beginning.Length..] : line);
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aldis.Cli.Logging;

/// <summary>
/// Takes what lies below a server, and logs by itself, to the log of the command: transports and Kestrel, below the level of a warning. What is
/// a warning or worse is an event of the server (<c>fault</c>), and so is everything that the server says itself: it is there already.
/// </summary>
/// <param name="log">Takes the records.</param>
internal sealed class ServerLoggers(ServerLog log) : ILoggerFactory
{
    private const string Server = "Aldis.Services.";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith(Server, StringComparison.Ordinal) ? NullLogger.Instance : new Category(log, categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The log is the only one.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Category(ServerLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel < LogLevel.Warning && log.IsEnabled(logLevel, name);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                string message = formatter(state, exception);
                log.Write(logLevel, name, exception is null ? message : $"{message} {exception.Message}");
            }
        }
    }
}

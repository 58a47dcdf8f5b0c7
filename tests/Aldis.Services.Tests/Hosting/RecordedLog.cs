using Aldis.Tests;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Keeps every line that an application logs, with its category, and lets a test wait for one.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource Found)> _waiting = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public Task WaitForAsync(Func<string, bool> wanted)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.Exists(line => wanted(line)))
            {
                return Task.CompletedTask;
            }

            _waiting.Add((wanted, found));
        }

        return found.Task.InTime();
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(string line)
    {
        lock (_lock)
        {
            _lines.Add(line);
            foreach ((_, TaskCompletionSource found) in _waiting.Where(one => one.Wanted(line)))
            {
                found.TrySetResult();
            }
        }
    }

    private sealed class Category(RecordedLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add($"{logLevel} {name}: {formatter(state, exception)}");
    }
}

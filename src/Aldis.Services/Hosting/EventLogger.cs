using Aldis.Services.Events;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Hosting;

/// <summary>
/// Takes what the transports and Kestrel log to those who are told what happens: warnings and worse become a
/// <see cref="ServiceEventKind.Fault"/> that belongs to no service, and how TLS handshakes failed goes to the <see cref="HandshakeWatch"/>.
/// </summary>
/// <param name="events">Who is told.</param>
internal sealed class EventLogger(IServiceEvents events) : ILoggerProvider
{
    /// <summary>Where Kestrel logs handshakes, at the level <see cref="LogLevel.Debug"/>.</summary>
    public const string HandshakeCategory = "Microsoft.AspNetCore.Server.Kestrel.Https.Internal.HttpsConnectionMiddleware";

    // Beginnings of categories; what the host above says is said by exceptions too.
    private static readonly string[] Categories = ["Aldis.", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>Whether a category is that of a transport or of Kestrel, and not of the host above them.</summary>
    /// <param name="categoryName">The category.</param>
    /// <returns>True where others than the host's own are to hear of it.</returns>
    public static bool IsOfTheServer(string categoryName) =>
        Array.Exists(Categories, beginning => categoryName.StartsWith(beginning, StringComparison.Ordinal));

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Category(
        events, isHandshake: categoryName == HandshakeCategory, isShown: IsOfTheServer(categoryName));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Category(IServiceEvents events, bool isHandshake, bool isShown) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isHandshake ? logLevel >= LogLevel.Debug : isShown && logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            if (isHandshake && logLevel < LogLevel.Warning)
            {
                HandshakeWatch.Note(exception);
                return;
            }

            string text = formatter(state, exception);
            events.Publish(new ServiceEvent(ServiceEventKind.Fault, string.Empty, string.Empty)
            {
                Cause = ServiceEventCause.TransportFault,
                Detail = exception is null ? text : $"{text} {ConnectionEnd.Innermost(exception).Message}",
            });
        }
    }
}

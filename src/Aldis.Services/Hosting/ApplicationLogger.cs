using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aldis.Services.Hosting;

/// <summary>Takes what the transports and Kestrel log below a server to the log of the application that it runs in.</summary>
/// <param name="application">The application's loggers; its own rules say what is written.</param>
internal sealed class ApplicationLogger(ILoggerFactory application) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        EventLogger.IsOfTheServer(categoryName) ? application.CreateLogger(categoryName) : NullLogger.Instance;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The loggers are the application's.
    }
}

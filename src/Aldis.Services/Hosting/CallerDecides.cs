using Microsoft.Extensions.Hosting;

namespace Aldis.Services.Hosting;

/// <summary>The caller decides when to stop a host: a library that takes the process's signals surprises.</summary>
internal sealed class CallerDecides : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

using Microsoft.Extensions.Hosting;

namespace Aldis.Services.Hosting;

/// <summary>Starts and stops a server with the application it runs in.</summary>
/// <param name="server">The server.</param>
internal sealed class HostedConversations(ConversationServer server) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => server.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(Timeout.InfiniteTimeSpan, cancellationToken);
}

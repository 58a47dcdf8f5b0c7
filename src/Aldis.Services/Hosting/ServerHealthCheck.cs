using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aldis.Services.Hosting;

/// <summary>Says whether everything that should listen does, and every store takes what it is given.</summary>
/// <param name="server">The server.</param>
internal sealed class ServerHealthCheck(ConversationServer server) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> lost = server.Health.Lost;
        IReadOnlyList<string> failed = server.Health.FailedStores;
        IReadOnlyList<string> reopening = server.Health.Reopening;
        IReadOnlyList<string> bad = server.Health.BadCertificates;
        return Task.FromResult(
            lost.Count > 0 ? new HealthCheckResult(context.Registration.FailureStatus, "lost: " + string.Join("; ", lost))
            : failed.Count > 0 ? new HealthCheckResult(context.Registration.FailureStatus, string.Join(" ", failed))
            : reopening.Count > 0 ? HealthCheckResult.Degraded("being opened again: " + string.Join("; ", reopening))
            : bad.Count > 0 ? HealthCheckResult.Degraded("the certificate of before goes on counting: " + string.Join("; ", bad))
            : HealthCheckResult.Healthy());
    }
}

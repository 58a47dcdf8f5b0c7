using Aldis.Dashboard.Access;
using Aldis.Dashboard.Api;
using Aldis.Dashboard.Hosting;
using Aldis.Services.Events;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Aldis.Dashboard;

/// <summary>Shows what an application serves, in the application's own HTTP.</summary>
public static class DashboardHosting
{
    /// <summary>
    /// Prepares a dashboard. The application's <see cref="IServiceEvents"/> becomes an <see cref="EventHub"/>, where it has none of its own.
    /// </summary>
    /// <param name="services">The application's services; <c>AddAldis</c> is called too.</param>
    /// <param name="options">How it is shown.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAldisDashboard(this IServiceCollection services, DashboardOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(static _ => new EventHub(retained: 0));
        services.TryAddSingleton<IServiceEvents>(static provider => provider.GetRequiredService<EventHub>());
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton(options).AddSingleton<DashboardSite>();
    }

    /// <summary>Shows the dashboard below a path, for whoever has the token (<see cref="DashboardOptions.SecretsDirectory"/>).</summary>
    /// <param name="endpoints">The application; <see cref="AddAldisDashboard"/> has prepared it.</param>
    /// <param name="prefix">The path, such as <c>/aldis</c>; <c>/</c> is all that the application answers.</param>
    /// <returns><paramref name="endpoints"/>.</returns>
    /// <exception cref="InvalidDataException">The token or the key is none, or others may read it; the message says what to do.</exception>
    /// <exception cref="IOException">They cannot be read or written.</exception>
    public static IEndpointRouteBuilder MapAldisDashboard(this IEndpointRouteBuilder endpoints, string prefix = "/")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        endpoints.ServiceProvider.GetRequiredService<DashboardSite>().MapTo(endpoints, prefix);
        return endpoints;
    }
}

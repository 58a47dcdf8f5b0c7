using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Aldis.Transports.Budgets;

/// <summary>Gives all transports of a host one governor.</summary>
internal static class ReceiveGovernorServices
{
    /// <summary>Adds it, unless it is there.</summary>
    /// <param name="services">Those of the host; its <see cref="ReceiveMemoryOptions"/> count if they are added before.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddReceiveGovernor(this IServiceCollection services)
    {
        services.TryAddSingleton(new ReceiveMemoryOptions());
        services.TryAddSingleton<ReceiveGovernor>();
        return services;
    }
}

using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aldis.Services.Hosting;

/// <summary>Serves conversations inside an application, beside its HTTP or whatever else it does.</summary>
public static class AldisHosting
{
    /// <summary>The name of the health check.</summary>
    public const string HealthCheckName = "aldis";

    /// <summary>
    /// Lets the application serve conversations from its start to its stop. They have a Kestrel of their own, and the application's HTTP
    /// keeps its addresses, transports and limits; from the application they take its services, log, meters, configuration and clock
    /// (<see cref="ConversationServer"/>, which is registered as a singleton). A health check is unhealthy once a listener is lost or a
    /// store has failed, and degraded while a listener is being opened again or a certificate that was changed is bad. Refusals and faults are in its log, of each reason one a second.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Says what is served where; a further call adds to the first.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAldis(this IServiceCollection services, Action<AldisBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        AldisBuilder? builder = services.Select(static service => service.ImplementationInstance).OfType<AldisBuilder>().FirstOrDefault();
        if (builder is null)
        {
            builder = new AldisBuilder();
            services.AddSingleton(builder)
                .AddSingleton(builder.Build)
                .AddHostedService<HostedConversations>()
                .AddHealthChecks().Add(new HealthCheckRegistration(
                    HealthCheckName,
                    static provider => new ServerHealthCheck(provider.GetRequiredService<ConversationServer>()),
                    failureStatus: null,
                    tags: null));
        }

        configure(builder);
        return services;
    }

    /// <summary>Lets an application that is built of a web host serve conversations, as <see cref="AddAldis"/> does.</summary>
    /// <param name="builder">The application's web host.</param>
    /// <param name="configure">Says what is served where; a further call adds to the first.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static IWebHostBuilder UseAldis(this IWebHostBuilder builder, Action<AldisBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services => services.AddAldis(configure));
    }
}

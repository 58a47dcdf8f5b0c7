using Aldis.Transports.Budgets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Transports.Arq;

/// <summary>Puts the ARQ transport under Kestrel.</summary>
public static class ArqHosting
{
    /// <summary>
    /// Lets Kestrel listen on <see cref="ArqEndPoint"/>s, beside whatever else it listens on. Everything that Kestrel does with
    /// connections (TLS, HTTP, limits, draining) works on them alike. Call it after <c>UseKestrel</c>.
    /// </summary>
    /// <param name="builder">The host to be built.</param>
    /// <param name="options">Deviations from the defaults.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentException">The secret is shorter than 16 bytes.</exception>
    public static IWebHostBuilder UseAldisArq(this IWebHostBuilder builder, ArqHostingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        options ??= new ArqHostingOptions();
        if (options.Secret.Length is > 0 and < ArqListenerFactory.LeastSecret)
        {
            throw new ArgumentException("A secret has at least 16 bytes.", nameof(options));
        }

        return builder.ConfigureServices(services => services
            .AddSingleton(options)
            .AddReceiveGovernor()
            .AddSingleton<IConnectionListenerFactory, ArqListenerFactory>());
    }
}

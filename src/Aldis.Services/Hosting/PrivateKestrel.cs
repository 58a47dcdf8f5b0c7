using System.Diagnostics.Metrics;
using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Services.Events;
using Aldis.Transports.Arq;
using Aldis.Transports.Budgets;
using Aldis.Transports.Listening;
using Aldis.Transports.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Hosting;

/// <summary>
/// The Kestrel that hosts a server's streams. It is the server's own, so that what is set here (transports, inline scheduling) is nothing
/// to the HTTP of an application around it, and borrows from that application its loggers and meters (decision 10).
/// </summary>
internal static class PrivateKestrel
{
    /// <summary>Makes it; starting binds.</summary>
    /// <param name="listeners">Where to listen.</param>
    /// <param name="options">Limits and the clock.</param>
    /// <param name="bounds">How many connections an arq listener takes.</param>
    /// <param name="application">The application's services.</param>
    /// <param name="events">Who is told what is logged.</param>
    /// <param name="watch">Is told of listeners that die.</param>
    /// <param name="sockets">How TCP and Unix sockets are listened at, and who is admitted there.</param>
    /// <returns>The host.</returns>
    public static WebApplication Build(
        IReadOnlyList<StreamListener> listeners,
        ServerOptions options,
        ConnectionBounds bounds,
        IServiceProvider application,
        IServiceEvents events,
        IListenerWatch watch,
        SocketHostingOptions sockets)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton(new ReceiveMemoryOptions
        {
            MaxBytes = options.Limits.MaxMemoryBytes,
            MaxBytesPerAddress = options.Limits.MaxMemoryBytesPerAddress,
            Time = options.Time,
        });
        builder.WebHost.UseAldisSockets(sockets);
        builder.WebHost.UseAldisArq(new ArqHostingOptions
        {
            Secret = options.ArqSecret,
            Bounds = bounds,
            Trace = options.ArqTrace,
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.AddProvider(new EventLogger(events)).AddFilter(EventLogger.HandshakeCategory, LogLevel.Debug);
        if (application.GetService<ILoggerFactory>() is { } loggers)
        {
            builder.Logging.AddProvider(new ApplicationLogger(loggers)).AddFilter<ApplicationLogger>(null, LogLevel.Trace);
        }

        if (application.GetService<IMeterFactory>() is { } meters)
        {
            builder.Services.AddSingleton(meters);
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (StreamListener listener in listeners)
            {
                listener.AddTo(kestrel);
            }
        });

        builder.Services.AddSingleton<IHostLifetime, CallerDecides>();
        WrapTransports(builder.Services, options.Time, watch);
        return builder.Build();
    }

    private static void WrapTransports(IServiceCollection services, TimeProvider time, IListenerWatch watch)
    {
        for (int index = 0; index < services.Count; index++)
        {
            ServiceDescriptor factory = services[index];
            if (factory.ServiceType == typeof(IConnectionListenerFactory))
            {
                services[index] = ServiceDescriptor.Singleton<IConnectionListenerFactory>(provider => new ReopeningListenerFactory(
                    new DescribingListenerFactory(
                        (IConnectionListenerFactory)ActivatorUtilities.CreateInstance(provider, factory.ImplementationType!)),
                    time,
                    watch));
            }
        }
    }
}

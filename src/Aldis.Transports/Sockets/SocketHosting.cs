using Aldis.Transports.Budgets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Transports.Sockets;

/// <summary>Puts the socket transport under Kestrel.</summary>
internal static class SocketHosting
{
    /// <summary>
    /// Lets Kestrel listen on TCP addresses and Unix domain sockets through Aldis's socket transport where the operating system has
    /// epoll (Linux), and through Kestrel's own, set up the same way, elsewhere. Call it after <c>UseKestrel</c>: Kestrel asks the
    /// factory first that was added last.
    /// <para>
    /// In both cases the code of a connection runs on the thread that found its socket ready, so handlers must not block. The
    /// runtime's own sockets are left as they are: whether their completions run inline is a setting of the whole process.
    /// </para>
    /// </summary>
    /// <param name="builder">The host to be built.</param>
    /// <param name="options">Deviations from the defaults.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static IWebHostBuilder UseAldisSockets(this IWebHostBuilder builder, SocketHostingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        options ??= new SocketHostingOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.LoopCount, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Backlog, nameof(options));
        builder.UseSockets(sockets =>
        {
            sockets.UnsafePreferInlineScheduling = true;
            sockets.Backlog = options.Backlog;
        });

        return OperatingSystem.IsLinux()
            ? builder.ConfigureServices(services => services
                .AddSingleton(options)
                .AddReceiveGovernor()
                .AddSingleton<ReadinessLoops>()
                .AddSingleton<UpperMemoryPool>()
                .AddSingleton<IConnectionListenerFactory, SocketListenerFactory>())
            : builder;
    }
}

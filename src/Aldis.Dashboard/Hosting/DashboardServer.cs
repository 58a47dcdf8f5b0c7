using System.Globalization;
using System.Net;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Transports.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aldis.Dashboard.Hosting;

/// <summary>A dashboard in an HTTP server of its own, as <c>aldis serve</c> shows it.</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private const int MostConnections = 256;
    private const int MostBodyBytes = 64 * 1024;
    private const int MostHeaderBytes = 16 * 1024;

    private readonly WebApplication _application;
    private readonly DashboardSite _site;

    private DashboardServer(WebApplication application, DashboardSite site, Uri link)
    {
        _application = application;
        _site = site;
        Link = link;
    }

    /// <summary>The address that a person opens, with the token.</summary>
    public Uri Link { get; }

    /// <summary>Binds and begins to answer.</summary>
    /// <param name="endPoints">Where to listen; with port 0 one that the system picks.</param>
    /// <param name="tls">Speaks TLS; null does not.</param>
    /// <param name="options">How it is shown.</param>
    /// <param name="server">What it shows.</param>
    /// <param name="hub">Where the server's events go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="tokens">What clients show; null where they show none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The port is taken, or a secret cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">A secret is none, or others may read it; the message says what to do.</exception>
    public static async Task<DashboardServer> StartAsync(
        IReadOnlyList<IPEndPoint> endPoints,
        ServerTls? tls,
        DashboardOptions options,
        ConversationServer server,
        EventHub hub,
        TimeProvider time,
        TokenPolicy? tokens,
        CancellationToken cancellationToken)
    {
        ServerTls? shared = tls is null ? null : server.Certificates.Share(tls);
        var site = new DashboardSite(options, server, hub, time, tokens);
        WebApplication? application = null;
        try
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore();
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.AddRoutingCore();
            builder.Services.AddSingleton<IHostLifetime, CallerDecides>();
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxConcurrentConnections = MostConnections;
                kestrel.Limits.MaxRequestBodySize = MostBodyBytes;
                kestrel.Limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
                foreach (IPEndPoint endPoint in endPoints)
                {
                    kestrel.Listen(endPoint, listen => Speak(listen, shared));
                }
            });
            application = builder.Build();
            application.Use(static (context, next) => ServerTraces.TraceAsync(context, next));
            site.MapTo(application, "/");
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return new DashboardServer(application, site, LinkOf(application, endPoints[0], site.Token));
        }
        catch
        {
            if (application is not null)
            {
                await application.DisposeAsync().ConfigureAwait(false);
            }

            await site.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Whoever follows is cut: a stream has no end of its own.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _application.StopAsync(now.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        await _site.DisposeAsync().ConfigureAwait(false);
    }

    private static void Speak(ListenOptions listen, ServerTls? tls)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (tls is not null)
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseTls(tls);
        }
    }

    private static Uri LinkOf(WebApplication application, IPEndPoint asked, string token)
    {
        // What is served on every address is opened on this machine's own.
        var bound = new Uri(application.Urls.First());
        string host = asked.Address.Equals(IPAddress.Any) ? "127.0.0.1"
            : asked.Address.Equals(IPAddress.IPv6Any) ? "[::1]"
            : bound.Host;
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"{bound.Scheme}://{host}:{bound.Port}/#token={token}"));
    }
}

using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aldis.Services.Hosting;

/// <summary>A small HTTP server for the programs of an operator: HTTP/1.1 without TLS, one answer to everything, and no signals of its own.</summary>
internal static class PlainHttp
{
    /// <summary>Makes one, which listens as soon as it is started.</summary>
    /// <param name="endPoints">Where.</param>
    /// <param name="limit">Sets its limits.</param>
    /// <param name="answer">Answers each request.</param>
    /// <returns>The server.</returns>
    public static WebApplication Build(IReadOnlyList<IPEndPoint> endPoints, Action<KestrelServerLimits> limit, RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            limit(kestrel.Limits);
            foreach (IPEndPoint endPoint in endPoints)
            {
                kestrel.Listen(endPoint, static listener => listener.Protocols = HttpProtocols.Http1);
            }
        });
        builder.Services.AddSingleton<IHostLifetime, CallerDecides>();
        WebApplication host = builder.Build();
        host.Run(context => ServerTraces.TraceAsync(context, answer));
        return host;
    }
}

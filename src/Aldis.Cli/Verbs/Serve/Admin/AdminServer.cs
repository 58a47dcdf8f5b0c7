using System.Net;
using System.Text;
using Aldis.Services.Hosting;
using Aldis.Transports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Aldis.Cli.Verbs.Serve.Admin;

/// <summary>
/// Health and metrics over HTTP, for machines that watch: <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>. It changes nothing, and tells
/// of no payload and no client.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private const int MostConnections = 64;
    private const int MostHeaderBytes = 16 * 1024;

    private readonly WebApplication _application;
    private readonly MetricsText _metrics;

    private AdminServer(WebApplication application, MetricsText metrics)
    {
        _application = application;
        _metrics = metrics;
    }

    /// <summary>Where it answers.</summary>
    public Uri Address => new(_application.Urls.First());

    /// <summary>Binds and begins to answer.</summary>
    /// <param name="endPoints">Where to listen; with port 0 one that the system picks.</param>
    /// <param name="server">Of which it tells.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommunicationException">An address cannot be bound; the message names it.</exception>
    public static async Task<AdminServer> StartAsync(
        IReadOnlyList<IPEndPoint> endPoints, ConversationServer server, CancellationToken cancellationToken)
    {
        var metrics = new MetricsText(server.Meters.Meter);
        WebApplication application = PlainHttp.Build(endPoints, Limit, context => AnswerAsync(context, server, metrics));
        try
        {
            await application.StartAsync(cancellationToken);
            return new AdminServer(application, metrics);
        }
        catch (IOException exception)
        {
            await application.DisposeAsync();
            metrics.Dispose();
            throw new CommunicationException(
                CommunicationFailure.Network,
                $"health and metrics cannot be shown at {string.Join(", ", endPoints)}: {exception.Message} Choose another '--admin ADDR'.",
                exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
        _metrics.Dispose();
    }

    private static void Limit(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = MostConnections;
        limits.MaxRequestBodySize = 0;
        limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
    }

    private static Task AnswerAsync(HttpContext context, ConversationServer server, MetricsText metrics)
    {
        HttpRequest request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return SendAsync(context, StatusCodes.Status405MethodNotAllowed, "text/plain", "GET or HEAD.\n"u8.ToArray());
        }

        switch (request.Path.Value)
        {
            case "/healthz":
                return SendAsync(context, StatusCodes.Status200OK, "text/plain", "alive\n"u8.ToArray());
            case "/readyz":
                (bool isReady, ReadOnlyMemory<byte> json) = ServerReadiness.Of(server);
                return SendAsync(context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, "application/json", json);
            case "/metrics":
                return SendAsync(context, StatusCodes.Status200OK, MetricsText.ContentType, Encoding.UTF8.GetBytes(metrics.Read()));
            default:
                return SendAsync(context, StatusCodes.Status404NotFound, "text/plain", "/healthz, /readyz or /metrics.\n"u8.ToArray());
        }
    }

    private static Task SendAsync(HttpContext context, int status, string type, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}

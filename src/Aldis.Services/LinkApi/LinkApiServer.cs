using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Toxics;
using Aldis.Services.Hosting;
using Aldis.Transports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Aldis.Services.LinkApi;

/// <summary>The API of toxiproxy and more, over HTTP on loopback (docs/link.md). Make one, start it, dispose of it.</summary>
internal sealed class LinkApiServer : IAsyncDisposable
{
    private const int MaxConnections = 100;
    private static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(1);

    private readonly LinkApiOptions _options;
    private readonly LinkApiGate _gate;
    private readonly WebApplication _host;

    /// <summary>Makes it; starting binds.</summary>
    /// <param name="options">Where it listens and what it allows.</param>
    /// <exception cref="FormatException">It would listen where other machines reach it.</exception>
    public LinkApiServer(LinkApiOptions options)
    {
        if (options.EndPoints.FirstOrDefault(static place => !IPAddress.IsLoopback(place.Address)) is { } open)
        {
            throw new FormatException(
                $"The API is for programs of this machine and cannot listen on {open}: name an address of loopback, such as 127.0.0.1:8474.");
        }

        _options = options;
        _gate = new LinkApiGate(options.Token);
        Proxies = new LinkProxies(options);
        _host = PlainHttp.Build(options.EndPoints, Limit, AnswerAsync);
    }

    /// <summary>Where it listens, as soon as it does.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints =>
        [.. _options.EndPoints.Select(place => new IPEndPoint(place.Address, new Uri(_host.Urls.First()).Port))];

    /// <summary>Its proxies.</summary>
    public LinkProxies Proxies { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When it listens.</returns>
    /// <exception cref="CommunicationException">The address cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw ListenFailure.Describe(_options.EndPoints[0], exception);
        }
    }

    /// <summary>Ends it and all proxies.</summary>
    /// <returns>When they have ended.</returns>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync().ConfigureAwait(false);
        await Proxies.DisposeAsync().ConfigureAwait(false);
    }

    private static void Limit(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = ApiBody.MaxBytes;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.RequestHeadersTimeout = HeaderTimeout;
        limits.KeepAliveTimeout = IdleTimeout;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        LinkApiAnswer answer = await DecideAsync(context).ConfigureAwait(false);
        context.Response.StatusCode = answer.Status;
        context.Response.Headers["X-Toxiproxy-Request-Id"] = context.TraceIdentifier;
        if (!answer.Body.IsEmpty)
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Body.Length;
            await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task<LinkApiAnswer> DecideAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (_gate.WhyNot(request.Host.Value ?? string.Empty, name => request.Headers[name]) is { } refusal)
        {
            return LinkApiAnswer.Of(refusal);
        }

        try
        {
            LinkApiRequest asked = LinkApiRequest.Of(request.Method, request.Path.Value ?? string.Empty);
            return await Proxies.AnswerAsync(asked with { Body = await ReadAsync(context).ConfigureAwait(false) }, context.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (ApiRefusalException exception)
        {
            return LinkApiAnswer.Of(exception);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ApiRefusalException(
                exception.StatusCode,
                "request body too large",
                string.Create(CultureInfo.InvariantCulture, $"A body has at most {ApiBody.MaxBytes} bytes; /populate takes fewer proxies at a time."));
        }

        return body.ToArray();
    }
}

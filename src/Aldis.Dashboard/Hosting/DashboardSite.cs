using System.Globalization;
using Aldis.Dashboard.Access;
using Aldis.Dashboard.Api;
using Aldis.Dashboard.Watch;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aldis.Dashboard.Hosting;

/// <summary>A dashboard: what it watches, who may see it, and its routes.</summary>
internal sealed class DashboardSite : IAsyncDisposable
{
    private readonly DashboardOptions _options;
    private readonly ConversationServer _server;
    private readonly TimeProvider _time;
    private readonly ServerWatch _watch;
    private readonly RequestGuard _guard;
    private readonly OverviewApi _overview;
    private readonly EventsApi _events;
    private readonly LinksApi _links;
    private readonly ControlApi _control;
    private readonly TokenPolicy? _tokens;
    private readonly MessagesApi? _messages;
    private readonly ClientsApi? _clients;

    /// <summary>Makes it, and begins to watch.</summary>
    /// <param name="options">How it is shown.</param>
    /// <param name="server">What it shows.</param>
    /// <param name="hub">Where the server's events go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="tokens">What clients show; null where they show none.</param>
    /// <exception cref="InvalidDataException">A secret is none, or others may read it; the message says what to do.</exception>
    /// <exception cref="IOException">A secret cannot be read or written.</exception>
    public DashboardSite(DashboardOptions options, ConversationServer server, EventHub hub, TimeProvider time, TokenPolicy? tokens = null)
    {
        _options = options;
        _server = server;
        _time = time;
        var secrets = new SecretsWatch(options.SecretsDirectory, time);
        Token = secrets.Current.Token;
        _guard = new RequestGuard(secrets, new AllowedHosts(options.AllowedHosts, options.AllowsAnyAddress), time);
        _watch = new ServerWatch(server, hub, time);
        _tokens = tokens;
        _control = new ControlApi(options.AllowsControl, server, tokens);
        _overview = new OverviewApi(
            server,
            _watch,
            options.JournalDirectory is { } journal
                ? new StoreSize(journal, options.FreeSpaceFloorBytes, () => server.StoreFigures?.ReadFigures().SizeBytes, time) : null,
            time)
        {
            AllowsControl = options.AllowsControl,
            HasTokens = tokens is not null,
        };
        _events = new EventsApi(_watch.Events, hub);
        _links = new LinksApi(server, _watch);
        if (options.JournalDirectory is { } directory)
        {
            _messages = new MessagesApi(directory, server, _watch);
            _clients = new ClientsApi(directory, server, _watch, time);
        }
    }

    /// <summary>What lets in, as it was at the start.</summary>
    public string Token { get; }

    /// <summary>Adds the routes.</summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="prefix">The path they are below.</param>
    public void MapTo(IEndpointRouteBuilder endpoints, string prefix)
    {
        string root = prefix.TrimEnd('/');
        RouteGroupBuilder api = endpoints.MapGroup(root + "/api/v1");
        Get(api, "overview", context => ApiAnswer.WriteAsync(context, _overview.Read(), ApiJson.Default.OverviewView));
        Stream(api, "overview/stream", FollowOverviewAsync);
        Get(api, "connections", context => ApiAnswer.WriteAsync(
            context,
            ConnectionsApi.Read(_server, context.Request.Query["service"], context.Request.Query["text"]),
            ApiJson.Default.IReadOnlyListConnectionView));
        Get(api, "connections/{number:long}", ReadConnectionAsync);
        Stream(api, "connections/{number:long}/stream", (context, events) => _server.Registry.Get(NumberOf(context)) is null
            ? ConnectionsApi.RefuseAsync(context)
            : _events.FollowConnectionAsync(context, NumberOf(context), events));
        Post(api, "connections/{number:long}/disconnect", context => _control.DisconnectAsync(context, NumberOf(context)));
        Get(api, "tokens", context => _tokens is null
            ? ControlApi.RefuseTokensAsync(context)
            : ApiAnswer.WriteAsync(context, TokensApi.Read(_tokens), ApiJson.Default.IReadOnlyListTokenView));
        Post(api, "tokens/{name}/revoke", context => _control.RevokeAsync(context, NameOf(context)));
        Post(api, "tokens/{name}/restore", context => _control.RestoreAsync(context, NameOf(context)));
        Get(api, "events", _events.ReadAsync);
        Stream(api, "events/stream", _events.FollowAsync);
        Get(api, "messages", ReadMessagesAsync);
        Stream(api, "messages/stream", (context, events) =>
            _messages is null ? RefuseStoreAsync(context) : _messages.FollowAsync(context.Request, events));
        Get(api, "messages/export", context => _messages is null ? RefuseStoreAsync(context) : _messages.ExportAsync(context));
        Get(api, "clients", ReadClientsAsync);
        Get(api, "files", context => ApiAnswer.WriteAsync(context, FilesApi.Read(_server, _watch), ApiJson.Default.IReadOnlyListFileIntakeView));
        Get(api, "links", context => ApiAnswer.WriteAsync(context, _links.Read(), ApiJson.Default.IReadOnlyListLinkView));
        Get(api, "links/{number:long}", ReadLinkAsync);
        Stream(api, "links/{number:long}/frames", (context, events) => _links.FollowAsync(context, NumberOf(context), events));
        Get(api, "lab", static context => ApiAnswer.WriteAsync(context, LabApi.Run(context.Request), ApiJson.Default.LabView));
        Get(api, "lab/picture", LabApi.WritePictureAsync);
        Get(api, "openapi.json", static context => PageAssets.WriteAsync(context, "openapi.json"));
        api.MapMethods("session", [HttpMethods.Post], _guard.BeginSessionAsync);
        api.MapMethods("session", [HttpMethods.Delete], _guard.Protect(RequestGuard.EndSessionAsync));
        endpoints.Map(root + "/api/{**rest}", _guard.Protect(static context => ApiAnswer.RefuseAsync(
            context, StatusCodes.Status404NotFound, "There is no such place in the API: /api/v1/openapi.json says what there is.")));
        var pages = new PageAssets(root);
        endpoints.MapMethods(root + "/assets/{**path}", [HttpMethods.Get, HttpMethods.Head], _guard.Open(PageAssets.WriteAssetAsync));

        // A page is 200 whatever the state of the server, which a probe would take for health.
        foreach (string probe in (ReadOnlySpan<string>)["/healthz", "/readyz", "/metrics"])
        {
            endpoints.Map(root + probe, _guard.Open(static context => ApiAnswer.RefuseAsync(
                context, StatusCodes.Status404NotFound, "This is the dashboard: health and metrics are answered where 'aldis serve --admin ADDRESS' says.")));
        }

        endpoints.MapMethods(root + "/{**view}", [HttpMethods.Get, HttpMethods.Head], _guard.Open(pages.WritePageAsync));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _watch.DisposeAsync();

    private static long NumberOf(HttpContext context) =>
        long.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture);

    private static string NameOf(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private void Get(RouteGroupBuilder api, string path, RequestDelegate answer) =>
        api.MapMethods(path, [HttpMethods.Get], _guard.Protect(ApiAnswer.RefuseWrongWords(answer)));

    private void Post(RouteGroupBuilder api, string path, RequestDelegate answer) =>
        api.MapMethods(path, [HttpMethods.Post], _guard.Protect(ApiAnswer.RefuseWrongWords(answer)));

    private void Stream(RouteGroupBuilder api, string path, Func<HttpContext, ServerSentEvents, Task> follow) =>
        Get(api, path, context => follow(context, new ServerSentEvents(context.Response, _time, () => _guard.IsAllowedStill(context))));

    private async Task FollowOverviewAsync(HttpContext context, ServerSentEvents events)
    {
        events.Begin();
        while (true)
        {
            ReadOnlyMemory<byte> snapshot = _overview.ReadSnapshot();
            events.Add("overview", null, writer => writer.WriteRawValue(snapshot.Span, skipInputValidation: true));
            await events.PaceAsync(ServerWatch.Period, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private Task RefuseStoreAsync(HttpContext context) => ApiAnswer.RefuseAsync(
        context,
        StatusCodes.Status404NotFound,
        _server.Health.Databases.Count > 0
            ? "Messages are in a database, which this page does not read: 'aldis log --store' prints them, with --clients who sent them."
            : "This server keeps no messages: serve 'messages' to have some.");

    private Task ReadConnectionAsync(HttpContext context) => _server.Registry.Find(NumberOf(context)) is { } connection
        ? ApiAnswer.WriteAsync(context, ConnectionsApi.View(connection, showsBuckets: true), ApiJson.Default.ConnectionView)
        : ConnectionsApi.RefuseAsync(context);

    private Task ReadLinkAsync(HttpContext context) => _links.Find(NumberOf(context)) is { } link
        ? ApiAnswer.WriteAsync(context, link, ApiJson.Default.LinkView)
        : ApiAnswer.RefuseAsync(
            context, StatusCodes.Status404NotFound, "No arq:// connection of the last ten minutes has this number, or there was no room to watch it.");

    private Task ReadMessagesAsync(HttpContext context) => _messages is null
        ? RefuseStoreAsync(context)
        : ApiAnswer.WriteAsync(context, _messages.Read(context.Request), ApiJson.Default.MessagesView);

    private async Task ReadClientsAsync(HttpContext context)
    {
        if (_clients is null)
        {
            await RefuseStoreAsync(context).ConfigureAwait(false);
            return;
        }

        ClientsView clients = await _clients
            .ReadAsync(context.Request.Query["text"], context.Request.Query["late"] == "1", context.RequestAborted).ConfigureAwait(false);
        await ApiAnswer.WriteAsync(context, clients, ApiJson.Default.ClientsView).ConfigureAwait(false);
    }
}

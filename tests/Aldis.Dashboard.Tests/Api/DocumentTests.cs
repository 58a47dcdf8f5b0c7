using System.Globalization;
using System.Net;
using System.Text.Json;
using Aldis.Dashboard.Hosting;
using Aldis.Protocols.Access;
using Aldis.Services.Access;
using Aldis.Services.Ack;
using Aldis.Services.Events;
using Aldis.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>The document of the API is the API: every place, every status, every form of an answer, and nothing else.</summary>
public sealed class DocumentTests : IAsyncLifetime
{
    private const string Root = "/api/v1";

    private readonly TemporaryDirectory _directory = new();
    private TokenPolicy _tokens = null!;
    private ShownServer _shown = null!;
    private JsonElement _document;

    public async ValueTask InitializeAsync()
    {
        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash("a token"u8, hash);
        await File.WriteAllTextAsync(_directory.Combine("tokens"), $"pump-7 sha256:{Convert.ToHexStringLower(hash)} ids=pump-*\n");
        _tokens = new TokenPolicy(_directory.Combine("tokens"), ["messages"], ExemptPeers.None, NoServiceEvents.Instance, TimeProvider.System);
        _shown = await ShownServer.StartAsync(allowsControl: true, _tokens);
        using JsonDocument document = JsonDocument.Parse(await _shown.ReadAsync("openapi.json"));
        _document = document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await _shown.DisposeAsync();
        _tokens.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_route_is_documented_and_every_place_of_the_document_is_a_route()
    {
        await using var site = new DashboardSite(
            new DashboardOptions { SecretsDirectory = _directory.Path, JournalDirectory = _directory.Path }, _shown.Server, new EventHub(), TimeProvider.System);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        await using WebApplication application = builder.Build();
        site.MapTo(application, "/");
        IEnumerable<string> routes = ((IEndpointRouteBuilder)application).DataSources.SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(static route => route.RoutePattern.RawText!.StartsWith(Root, StringComparison.Ordinal))
            .SelectMany(static route => route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {route.RoutePattern.RawText!.Replace(":long", string.Empty, StringComparison.Ordinal)}"));
        Assert.Equal(
            Operations().Select(static one => $"{one.Method} {Root}{one.Path}").Order(StringComparer.Ordinal), routes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_answer_to_who_has_the_token_is_as_the_document_says()
    {
        await _shown.SendAsync("one");
        await using AckClient client = await AckClient.ConnectAsync(
            _shown.Server.Endpoints[2].Uri, cancellationToken: TestContext.Current.CancellationToken);
        string number = string.Empty;
        await Wait.UntilAsync(async () =>
        {
            await client.SendAsync("again", TestContext.Current.CancellationToken);
            using JsonDocument links = JsonDocument.Parse(await _shown.ReadAsync("links"));
            number = links.RootElement.GetArrayLength() == 0 ? string.Empty
                : links.RootElement[0].GetProperty("number").GetInt64().ToString(CultureInfo.InvariantCulture);
            return number.Length > 0;
        });

        // What ends the session or the connection comes last; what is there answers 2xx, and what is not 404.
        foreach ((string method, string path, JsonElement operation) in Operations().OrderBy(static one => one.Method is "GET" ? 0 : 1))
        {
            await CheckAsync(method, Fill(path, "999999", "nobody"), operation, path.Contains('{', StringComparison.Ordinal) ? 404 : 200);
            await CheckAsync(method, Fill(path, number, "pump-7"), operation, 200);
        }
    }

    [Theory]
    [InlineData("messages?count=0")]
    [InlineData("messages/stream?since=yesterday")]
    [InlineData("messages/export?format=xml")]
    [InlineData("events?after=-1")]
    [InlineData("events/stream?after=x")]
    [InlineData("lab?frames=0")]
    [InlineData("lab/picture?form=gif")]
    public async Task A_wrong_word_is_answered_as_the_document_says(string path)
    {
        JsonElement operation = Operations().Single(one => one.Method == "GET" && one.Path == "/" + path.Split('?')[0]).Operation;
        await CheckAsync("GET", "/" + path, operation, 400);
    }

    [Fact]
    public async Task Whoever_may_not_ask_is_answered_as_the_document_says()
    {
        foreach ((string method, string path, JsonElement operation) in Operations().Where(static one => one.Path != "/session" || one.Method != "POST"))
        {
            string address = Root + Fill(path, "1", "pump-7");
            foreach ((HttpStatusCode status, (string, string) header) in new[]
            {
                (HttpStatusCode.Unauthorized, ("Accept", "*/*")),
                (HttpStatusCode.Forbidden, ("Sec-Fetch-Site", "cross-site")),
                (HttpStatusCode.MisdirectedRequest, ("Host", "evil.example")),
            })
            {
                using HttpResponseMessage answer = await _shown.AskAsync(new HttpMethod(method), address, header);
                Assert.True(answer.StatusCode == status, $"{method} {path} answers {answer.StatusCode}");
                await CheckAsync($"{method} {path}", operation, answer);
            }
        }
    }

    private static string Fill(string path, string number, string name) =>
        path.Replace("{number}", number, StringComparison.Ordinal).Replace("{name}", name, StringComparison.Ordinal);

    private IEnumerable<(string Method, string Path, JsonElement Operation)> Operations() =>
        _document.GetProperty("paths").EnumerateObject().SelectMany(static path => path.Value.EnumerateObject()
            .Select(operation => (operation.Name.ToUpperInvariant(), path.Name, operation.Value)));

    /// <summary>Asks, and holds the answer against the document.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The place.</param>
    /// <param name="operation">What the document says.</param>
    /// <param name="status">What is expected; 200 is any that says that it was done.</param>
    private async Task CheckAsync(string method, string path, JsonElement operation, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path[1..]);
        if (method == "POST" && path == "/session")
        {
            request.Content = new StringContent(_shown.Token);
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
        }

        using HttpResponseMessage answer = await _shown.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        int answered = (int)answer.StatusCode;
        Assert.True(status == 200 ? answer.IsSuccessStatusCode : answered == status, $"{method} {path} answers {answered}");
        await CheckAsync($"{method} {path}", operation, answer);
    }

    private async Task CheckAsync(string where, JsonElement operation, HttpResponseMessage answer)
    {
        string status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        Assert.True(operation.GetProperty("responses").TryGetProperty(status, out JsonElement response), $"{where} answers {status}");
        string? type = answer.Content.Headers.ContentType?.MediaType;
        if (!response.TryGetProperty("content", out JsonElement contents))
        {
            Assert.True(type is null, $"{where} answers {status} with {type}");
            return;
        }

        Assert.True(contents.TryGetProperty(type ?? string.Empty, out JsonElement content), $"{where} answers {status} with {type}");
        if (type is "application/json" or "application/problem+json" && content.TryGetProperty("schema", out JsonElement schema))
        {
            using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            new SchemaCheck(_document).Check(where, body.RootElement, schema);
        }
    }
}

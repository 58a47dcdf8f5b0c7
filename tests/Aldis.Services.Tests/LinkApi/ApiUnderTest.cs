using System.Net;
using System.Text;
using System.Text.Json;
using Aldis.Protocols.Impairment;
using Aldis.Services.LinkApi;
using Aldis.Transports.Relay;

namespace Aldis.Services.Tests.LinkApi;

/// <summary>The API on a free port, and one who asks it as the published clients do.</summary>
internal sealed class ApiUnderTest : IAsyncDisposable
{
    private readonly HttpClient _client = new();
    private readonly LinkApiServer _server;

    private ApiUnderTest(LinkApiServer server) => _server = server;

    public IPEndPoint EndPoint => _server.EndPoints[0];

    public static async Task<ApiUnderTest> StartAsync(
        bool allowsAny = false, string? token = null, ulong seed = 7, Func<string, ILinkObserver>? observe = null)
    {
        var options = new LinkApiOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)],
            AllowsAnyListen = allowsAny,
            Token = token,
            Seed = seed,
            Observe = observe,
        };
        var api = new ApiUnderTest(new LinkApiServer(options));
        await api._server.StartAsync(TestContext.Current.CancellationToken);
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    /// <summary>Asks, and answers with the status and the body; <c>null</c> where there is none.</summary>
    public async Task<(int Status, JsonElement Body)> AskAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://{EndPoint}{path}");
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonElement.Parse(text.Length == 0 ? "null" : text));
    }

    /// <summary>The relay of a proxy; null where it is disabled.</summary>
    public async Task<LinkRelay?> RelayAsync(string name) =>
        (await _server.Proxies.ListAsync(TestContext.Current.CancellationToken)).Single(proxy => proxy.Name == name).Relay;

    /// <summary>What toxics do in one direction.</summary>
    public async Task<IReadOnlyList<LinkLayer>> LayersAsync(string name, LinkDirection direction) =>
        ((ILinkControl)(await RelayAsync(name))!).LayersOf(direction);

    /// <summary>Makes a proxy that must be made.</summary>
    public async Task<JsonElement> CreateAsync(string name, string extra = "")
    {
        (int status, JsonElement body) = await AskAsync(
            "POST", "/proxies", $$"""{"name":"{{name}}","listen":"localhost:0","upstream":"localhost:6379"{{extra}}}""");
        Assert.Equal(201, status);
        return body;
    }
}

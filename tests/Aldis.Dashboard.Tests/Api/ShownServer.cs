using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Aldis.Dashboard.Hosting;
using Aldis.Services.Access;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>A server of messages, echo and, as a link, ack, its dashboard, and a program that reads it.</summary>
internal sealed class ShownServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly EventHub _hub;
    private readonly MessageStore _store;
    private readonly ServiceProvider _services;
    private readonly DashboardServer _dashboard;

    private ShownServer(
        MessageStore store, ServiceProvider services, ConversationServer server, DashboardServer dashboard, TemporaryDirectory directory, EventHub hub)
    {
        (_store, _services, Server, _dashboard, _directory, _hub) = (store, services, server, dashboard, directory, hub);
        Client = new HttpClient { BaseAddress = new Uri(dashboard.Link, "/api/v1/") };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public ConversationServer Server { get; }

    /// <summary>A program with the token.</summary>
    public HttpClient Client { get; }

    public Uri Link => _dashboard.Link;

    public string Token => _dashboard.Link.Fragment["#token=".Length..];

    public string Directory => _directory.Path;

    /// <summary>Starts it.</summary>
    /// <param name="allowsControl">Whether the dashboard may change something.</param>
    /// <param name="tokens">What clients show; null where they show none.</param>
    public static async Task<ShownServer> StartAsync(bool allowsControl = false, TokenPolicy? tokens = null)
    {
        var directory = new TemporaryDirectory();
        var hub = new EventHub(retained: 0);
        MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = directory.Combine("journal") });
        ServiceProvider services = new ServiceCollection().AddSingleton(store).BuildServiceProvider();
        var server = new ConversationServer(new ServerOptions { Events = hub }, services);
        server.Listen(MessagesConversation.Descriptor, "tcp://127.0.0.1:0").Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0")
            .Listen(AckConversation.Descriptor, "arq://127.0.0.1:0")
            .Listen(EchoConversation.Descriptor, "tls://127.0.0.1:0?" + TestCertificate.Create(directory).ListenerOptions);
        await server.StartAsync(TestContext.Current.CancellationToken);
        DashboardServer dashboard = await DashboardServer.StartAsync(
            [new IPEndPoint(IPAddress.Loopback, 0)],
            null,
            new DashboardOptions { SecretsDirectory = directory.Path, JournalDirectory = directory.Combine("journal"), AllowsControl = allowsControl },
            server,
            hub,
            TimeProvider.System,
            tokens,
            TestContext.Current.CancellationToken);
        return new ShownServer(store, services, server, dashboard, directory, hub);
    }

    /// <summary>Begins to follow events, as a terminal does.</summary>
    public EventFollower Follow() => _hub.Follow();

    /// <summary>Sends plain messages over one connection, and waits until each is acknowledged.</summary>
    public async Task SendAsync(params byte[][] payloads)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Server.Endpoints[0].Port, TestContext.Current.CancellationToken);
        await SendOverAsync(client.GetStream(), payloads);
    }

    /// <summary>Sends plain messages over a connection, and waits until each is acknowledged.</summary>
    public static async Task SendOverAsync(NetworkStream stream, params byte[][] payloads)
    {
        byte[] answer = new byte[64 + 33];
        foreach (byte[] payload in payloads)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{payload.Length,-64}"), TestContext.Current.CancellationToken);
            await stream.WriteAsync(payload, TestContext.Current.CancellationToken);
            await stream.ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
        }
    }

    public Task SendAsync(params string[] texts) => SendAsync([.. texts.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>Asks as a program with the token does.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    /// <param name="last">The id of the last event that is known.</param>
    public async Task<HttpResponseMessage> GetAsync(string path, string? last = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Reads the text of an answer that is one.</summary>
    public async Task<string> ReadAsync(string path)
    {
        using HttpResponseMessage answer = await GetAsync(path);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Asks as a stranger does: nothing is sent but what is given.</summary>
    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var stranger = new HttpClient { BaseAddress = new Uri(Link.GetLeftPart(UriPartial.Authority)) };
        using var request = new HttpRequestMessage(method, path);
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await stranger.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _dashboard.DisposeAsync();
        await Server.DisposeAsync();
        await _services.DisposeAsync();
        _store.Dispose();
        _directory.Dispose();
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Aldis.Protocols.Access;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>What the dashboard may change, where it may.</summary>
public sealed class ControlTests : IDisposable
{
    private static readonly string[] Paths = ["connections/1/disconnect", "tokens/pump-7/revoke", "tokens/pump-7/restore"];

    private readonly TemporaryDirectory _directory = new();
    private readonly TokenPolicy _tokens;

    public ControlTests()
    {
        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash("a token"u8, hash);
        File.WriteAllText(_directory.Combine("tokens"), $"pump-7 sha256:{Convert.ToHexStringLower(hash)} ids=pump-* rights=send,read until=2999-01-01\n");
        _tokens = new TokenPolicy(
            _directory.Combine("tokens"),
            ["messages"],
            ExemptPeers.None,
            NoServiceEvents.Instance,
            TimeProvider.System,
            TokenRevocations.Open(_directory.Combine(TokenRevocations.FileName)));
    }

    private string Before => File.ReadAllText(_directory.Combine("tokens"));

    public void Dispose()
    {
        _tokens.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_dashboard_that_only_shows_refuses_every_change_and_says_what_allows_it()
    {
        await using ShownServer shown = await ShownServer.StartAsync(tokens: _tokens);
        using TcpClient client = await ConnectAsync(shown);
        Assert.False((await ReadAsync(shown, "overview")).GetProperty("allows_control").GetBoolean());
        foreach (string path in Paths)
        {
            using HttpResponseMessage answer = await PostAsync(shown, path);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains("--dashboard-control", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.Equal(1, shown.Server.OpenConnections);
        Assert.Null(_tokens.FindRevocation(_tokens.Tokens.Entries.Single()));
    }

    [Fact]
    public async Task A_connection_is_ended_and_its_event_says_so()
    {
        await using ShownServer shown = await ShownServer.StartAsync(allowsControl: true);
        using TcpClient client = await ConnectAsync(shown);
        using HttpResponseMessage answer = await PostAsync(shown, "connections/1/disconnect");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        JsonElement closed = default;
        await Wait.UntilAsync(async () =>
        {
            closed = (await ReadAsync(shown, "events")).EnumerateArray().LastOrDefault();
            return closed.GetProperty("event").GetString() == "connection-closed";
        });
        Assert.Equal("disconnected", closed.GetProperty("cause").GetString());
        Assert.Equal("ended at the dashboard, by 127.0.0.1", closed.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_token_is_taken_back_and_given_back_and_its_file_stays_as_it_is()
    {
        await using ShownServer shown = await ShownServer.StartAsync(allowsControl: true, _tokens);
        string before = Before;
        Assert.True((await ReadAsync(shown, "overview")).GetProperty("has_tokens").GetBoolean());
        JsonElement token = Assert.Single((await ReadAsync(shown, "tokens")).EnumerateArray());
        Assert.Equal(JsonValueKind.Null, token.GetProperty("revoked_at").ValueKind);
        Assert.DoesNotContain("sha256", token.ToString(), StringComparison.Ordinal);
        new SchemaCheck(await ReadAsync(shown, "openapi.json")).CheckNamed("Token", token);

        using HttpResponseMessage revoked = await PostAsync(shown, "tokens/pump-7/revoke");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(JsonValueKind.String, (await ReadAsync(shown, "tokens"))[0].GetProperty("revoked_at").ValueKind);
        Assert.Equal(before, Before);

        using HttpResponseMessage restored = await PostAsync(shown, "tokens/pump-7/restore");
        Assert.Equal(HttpStatusCode.NoContent, restored.StatusCode);
        Assert.Equal(JsonValueKind.Null, (await ReadAsync(shown, "tokens"))[0].GetProperty("revoked_at").ValueKind);
    }

    [Fact]
    public async Task What_is_not_there_is_404_and_what_cannot_be_written_down_is_503_and_changes_nothing()
    {
        await using ShownServer shown = await ShownServer.StartAsync(allowsControl: true, _tokens);
        foreach (string path in new[] { "connections/999/disconnect", "tokens/nobody/revoke", "tokens/nobody/restore" })
        {
            using HttpResponseMessage answer = await PostAsync(shown, path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        // A directory is where the draft would be written.
        Directory.CreateDirectory(_directory.Combine(TokenRevocations.FileName + ".draft"));
        using HttpResponseMessage full = await PostAsync(shown, "tokens/pump-7/revoke");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);
        Assert.Null(_tokens.FindRevocation(_tokens.Tokens.Entries.Single()));
    }

    [Fact]
    public async Task A_server_that_asks_for_no_tokens_has_none_to_take_back()
    {
        await using ShownServer shown = await ShownServer.StartAsync(allowsControl: true);
        Assert.False((await ReadAsync(shown, "overview")).GetProperty("has_tokens").GetBoolean());
        using HttpResponseMessage answer = await PostAsync(shown, "tokens/pump-7/revoke");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        using HttpResponseMessage list = await shown.GetAsync("tokens");
        Assert.Equal(HttpStatusCode.NotFound, list.StatusCode);
    }

    [Theory]
    [InlineData("connections/1/disconnect")]
    [InlineData("tokens/pump-7/revoke")]
    public async Task A_session_changes_something_for_the_dashboards_own_pages_alone(string path)
    {
        await using ShownServer shown = await ShownServer.StartAsync(allowsControl: true, _tokens);
        using TcpClient client = await ConnectAsync(shown);
        (string, string) cookie = ("Cookie", await BeginAsync(shown));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(cookie));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(cookie, ("Sec-Fetch-Site", "none")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(cookie, ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(cookie, ("Sec-Fetch-Site", "same-site")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(cookie, ("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(("Authorization", "Bearer " + shown.Token), ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(1, shown.Server.OpenConnections);
        Assert.Null(_tokens.FindRevocation(_tokens.Tokens.Entries.Single()));
        Assert.InRange((int)await StatusAsync(cookie, ("Sec-Fetch-Site", "same-origin")), 200, 299);

        async Task<HttpStatusCode> StatusAsync(params (string Name, string Value)[] headers)
        {
            using HttpResponseMessage answer = await shown.AskAsync(HttpMethod.Post, "/api/v1/" + path, headers);
            return answer.StatusCode;
        }
    }

    private static async Task<TcpClient> ConnectAsync(ShownServer shown)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, shown.Server.Endpoints[0].Port, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => shown.Server.OpenConnections == 1);
        return client;
    }

    private static async Task<string> BeginAsync(ShownServer shown)
    {
        using var stranger = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(shown.Link, "/api/v1/session")) { Content = new StringContent(shown.Token) };
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        using HttpResponseMessage begun = await stranger.SendAsync(request, TestContext.Current.CancellationToken);
        return Assert.Single(begun.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    private static Task<HttpResponseMessage> PostAsync(ShownServer shown, string path) =>
        shown.Client.PostAsync(new Uri(path, UriKind.Relative), content: null, TestContext.Current.CancellationToken);

    private static async Task<JsonElement> ReadAsync(ShownServer shown, string path)
    {
        using JsonDocument document = JsonDocument.Parse(await shown.ReadAsync(path));
        return document.RootElement.Clone();
    }
}

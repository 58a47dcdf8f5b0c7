using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Aldis.Dashboard.Access;
using Aldis.Dashboard.Hosting;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>Who is let in over HTTP, and what a browser is told.</summary>
public sealed class SecurityTests : IAsyncLifetime
{
    private ShownServer _shown = null!;

    public async ValueTask InitializeAsync() => _shown = await ShownServer.StartAsync();

    public ValueTask DisposeAsync() => _shown.DisposeAsync();

    [Fact]
    public async Task No_place_of_the_API_answers_without_token_or_session()
    {
        foreach (string path in await PathsAsync())
        {
            using HttpResponseMessage answer = await _shown.AskAsync(HttpMethod.Get, "/api/v1" + path.Replace("{number}", "1", StringComparison.Ordinal));
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.MethodNotAllowed, $"{path}: {answer.StatusCode}");
        }

        using HttpResponseMessage unknown = await _shown.AskAsync(HttpMethod.Get, "/api/v1/nothing");
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        using HttpResponseMessage other = await _shown.AskAsync(HttpMethod.Get, "/api/v2/overview");
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/messages")]
    [InlineData("/connections/17")]
    [InlineData("/assets/app.mjs")]
    [InlineData("/assets/vendor/preact.mjs")]
    public async Task Pages_need_no_token_have_no_data_and_may_not_be_framed(string path)
    {
        await _shown.SendAsync("a secret reading");
        using HttpResponseMessage answer = await _shown.AskAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("secret reading", body, StringComparison.Ordinal);
        Assert.DoesNotContain(_shown.Token, body, StringComparison.Ordinal);
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    public async Task A_probe_of_health_is_not_answered_by_a_page(string path)
    {
        using HttpResponseMessage answer = await _shown.AskAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("--admin", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_a_cookie_that_scripts_cannot_read_and_other_pages_cannot_use()
    {
        using HttpResponseMessage begun = await BeginAsync(_shown.Token, ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(HttpStatusCode.NoContent, begun.StatusCode);
        string cookie = Assert.Single(begun.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith($"aldis-session-{_shown.Link.Port}=", cookie, StringComparison.Ordinal);
        (string, string) sent = ("Cookie", cookie.Split(';')[0]);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(sent, ("Sec-Fetch-Site", "same-origin")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(sent, ("Origin", _shown.Link.GetLeftPart(UriPartial.Authority))));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(sent));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(sent, ("Sec-Fetch-Site", "none")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(sent, ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(sent, ("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await StatusAsync(sent, ("Sec-Fetch-Site", "same-origin"), ("Host", "evil.example")));
    }

    [Fact]
    public async Task A_session_is_not_begun_for_another_page_nor_with_a_wrong_token()
    {
        using HttpResponseMessage other = await BeginAsync(_shown.Token, ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        using HttpResponseMessage wrong = await BeginAsync("wrong", ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using HttpResponseMessage endless = await BeginAsync(_shown.Token + new string('x', 1000), ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(HttpStatusCode.Unauthorized, endless.StatusCode);
    }

    [Fact]
    public async Task Who_tries_tokens_is_slowed_down_and_told_so()
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(("Authorization", "Bearer x")));
        }

        using HttpResponseMessage refused = await _shown.AskAsync(HttpMethod.Get, "/api/v1/overview", ("Authorization", "Bearer x"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_new_token_ends_a_stream_that_is_read()
    {
        using HttpResponseMessage stream = await _shown.GetAsync("events/stream");
        stream.EnsureSuccessStatusCode();
        _ = SecretFiles.LoadOrCreate(_shown.Directory, renew: true);
        await Assert.ThrowsAnyAsync<Exception>(
            async () => await stream.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(("Authorization", "Bearer " + _shown.Token)));
    }

    [Fact]
    public async Task A_page_has_nothing_inline_but_the_map_of_its_modules_whose_hash_is_allowed()
    {
        using HttpResponseMessage answer = await _shown.AskAsync(HttpMethod.Get, "/");
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        const string Begin = "<script type=\"importmap\">";
        int begin = body.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string map = body[begin..body.IndexOf("</script>", begin, StringComparison.Ordinal)];
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(map)));
        Assert.Contains($"'sha256-{hash}'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        using JsonDocument read = JsonDocument.Parse(map);
        foreach (JsonProperty module in read.RootElement.GetProperty("imports").EnumerateObject())
        {
            using HttpResponseMessage file = await _shown.AskAsync(HttpMethod.Get, module.Value.GetString()!);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        }

        Assert.DoesNotContain("style=", body, StringComparison.Ordinal);
        Assert.DoesNotContain("onclick", body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void All_of_the_page_is_at_most_250_KiB_compressed()
    {
        Assembly assembly = typeof(DashboardOptions).Assembly;
        long total = assembly.GetManifestResourceNames().Where(static name => name.StartsWith("Pages/", StringComparison.Ordinal))
            .Sum(static name => PageAsset.Load(name).Compressed.Length);
        Assert.InRange(total, 1, 250 * 1024);
    }

    private async Task<IReadOnlyList<string>> PathsAsync()
    {
        using JsonDocument document = JsonDocument.Parse(await _shown.ReadAsync("openapi.json"));
        return [.. document.RootElement.GetProperty("paths").EnumerateObject().Select(static path => path.Name)];
    }

    private async Task<HttpStatusCode> StatusAsync(params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage answer = await _shown.AskAsync(HttpMethod.Get, "/api/v1/overview", headers);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> BeginAsync(string token, (string Name, string Value) header)
    {
        using var stranger = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_shown.Link, "/api/v1/session")) { Content = new StringContent(token) };
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        return await stranger.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

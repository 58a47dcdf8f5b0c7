using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Toxics;
using Aldis.Services.LinkApi;
using Aldis.Transports.Relay;

namespace Aldis.Services.Tests.LinkApi;

/// <summary>The API answers toxiproxy's clients as toxiproxy does, and everybody else with a sentence.</summary>
public sealed class LinkApiTests
{
    private static readonly string[] ProxyFields = ["name", "listen", "upstream", "enabled", "toxics"];

    [Fact]
    public async Task A_proxy_that_is_made_listens_at_the_port_it_was_given_and_is_listed_under_its_name()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        JsonElement made = await api.CreateAsync("redis");
        Assert.Equal(ProxyFields, made.EnumerateObject().Select(static field => field.Name).Take(5));
        Assert.Equal(((await api.RelayAsync("redis"))!.EndPoint.ToString()), Text(made, "listen"));
        Assert.Equal("localhost:6379", Text(made, "upstream"));
        Assert.True(made.GetProperty("enabled").GetBoolean());
        (int status, JsonElement all) = await api.AskAsync("GET", "/proxies");
        Assert.Equal((200, made.GetRawText()), (status, all.GetProperty("redis").GetRawText()));
        Assert.Equal(made.GetRawText(), (await api.AskAsync("GET", "/proxies/redis")).Body.GetRawText());
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public async Task A_proxy_is_disabled_enabled_and_sent_elsewhere(string method)
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        string listen = Text(await api.CreateAsync("redis"), "listen");
        (int status, JsonElement off) = await api.AskAsync(method, "/proxies/redis", """{"enabled":false}""");
        Assert.Equal((200, false, listen), (status, off.GetProperty("enabled").GetBoolean(), Text(off, "listen")));
        Assert.Null(await api.RelayAsync("redis"));

        (_, JsonElement on) = await api.AskAsync(
            method, "/proxies/redis", $$"""{"enabled":true,"listen":"{{listen}}","upstream":"somehost:12345"}""");
        Assert.Equal((true, listen, "somehost:12345"), (on.GetProperty("enabled").GetBoolean(), Text(on, "listen"), Text(on, "upstream")));
        LinkRelay? relay = await api.RelayAsync("redis");
        await api.AskAsync(method, "/proxies/redis", $$"""{"enabled":true,"listen":"{{listen}}","upstream":"somehost:12345"}""");
        Assert.Same(relay, await api.RelayAsync("redis"));
    }

    [Fact]
    public async Task A_proxy_that_is_deleted_is_gone()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        IPEndPoint listen = IPEndPoint.Parse(Text(await api.CreateAsync("redis"), "listen"));
        Assert.Equal(204, (await api.AskAsync("DELETE", "/proxies/redis")).Status);
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(listen, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal((404, "proxy not found"), Refusal(await api.AskAsync("DELETE", "/proxies/redis")));
        Assert.Equal("{}", (await api.AskAsync("GET", "/proxies")).Body.GetRawText());
    }

    [Fact]
    public async Task To_populate_again_changes_only_what_is_not_as_it_is_said()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        string first = Text(await api.CreateAsync("one"), "listen");
        string body = $$"""
            [{"name":"one","listen":"{{first}}","upstream":"localhost:6379"},{"name":"two","listen":"localhost:0","upstream":"localhost:6379","enabled":false}]
            """;
        LinkRelay? relay = await api.RelayAsync("one");
        await api.AskAsync("POST", "/proxies/one/toxics", """{"type":"latency","attributes":{"latency":5}}""");
        (int status, JsonElement populated) = await api.AskAsync("POST", "/populate", body);
        Assert.Equal(201, status);
        Assert.Equal(["one", "two"], populated.GetProperty("proxies").EnumerateArray().Select(static proxy => Text(proxy, "name")));
        Assert.Equal(1, populated.GetProperty("proxies")[0].GetProperty("toxics").GetArrayLength());
        Assert.False(populated.GetProperty("proxies")[1].GetProperty("enabled").GetBoolean());
        Assert.Same(relay, await api.RelayAsync("one"));

        await api.AskAsync("POST", "/populate", body.Replace("localhost:6379", "localhost:6380", StringComparison.Ordinal));
        Assert.NotSame(relay, await api.RelayAsync("one"));
        Assert.Equal("localhost:6380", Text((await api.AskAsync("GET", "/proxies/one")).Body, "upstream"));
    }

    [Fact]
    public async Task To_populate_with_one_bad_proxy_makes_none()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        (int, JsonElement) answer = await api.AskAsync(
            "POST", "/populate", """[{"name":"one","upstream":"localhost:1"},{"upstream":"localhost:1"}]""");
        Assert.Equal((400, "missing required field: name at proxy 2"), Refusal(answer));
        Assert.Equal(0, answer.Item2.GetProperty("proxies").GetArrayLength());
        Assert.Equal("{}", (await api.AskAsync("GET", "/proxies")).Body.GetRawText());
    }

    [Fact]
    public async Task A_toxic_has_the_name_and_the_defaults_of_toxiproxy()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        await api.CreateAsync("redis");
        (int status, JsonElement toxic) = await api.AskAsync(
            "POST", "/proxies/redis/toxics", """{"type":"latency","attributes":{"latency":1000}}""");
        Assert.Equal(200, status);
        Assert.Equal(
            """{"attributes":{"latency":1000,"jitter":0},"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":1}""",
            toxic.GetRawText());
        Assert.Equal(toxic.GetRawText(), (await api.AskAsync("GET", "/proxies/redis/toxics/latency_downstream")).Body.GetRawText());
        Assert.Equal(
            toxic.GetRawText(), Assert.Single((await api.AskAsync("GET", "/proxies/redis/toxics")).Body.EnumerateArray()).GetRawText());
        Assert.Equal(
            new LinkLayer("latency_downstream", new LinkFaults { Delay = TimeSpan.FromSeconds(1) }),
            Assert.Single(await api.LayersAsync("redis", LinkDirection.ToClient)));
        Assert.Empty(await api.LayersAsync("redis", LinkDirection.ToTarget));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public async Task A_toxic_is_changed_in_what_is_named_and_taken_away(string method)
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        await api.CreateAsync("redis");
        await api.AskAsync("POST", "/proxies/redis/toxics", """{"name":"slow","type":"latency","stream":"upstream","attributes":{"latency":5,"jitter":2}}""");
        (int status, JsonElement changed) = await api.AskAsync(
            method, "/proxies/redis/toxics/slow", """{"attributes":{"latency":7},"toxicity":0.5,"name":"other","type":"slicer"}""");
        Assert.Equal(
            (200, """{"attributes":{"latency":7,"jitter":2},"name":"slow","type":"latency","stream":"upstream","toxicity":0.5}"""),
            (status, changed.GetRawText()));
        Assert.Equal(0.5, Assert.Single(await api.LayersAsync("redis", LinkDirection.ToTarget)).Share);
        Assert.Equal(204, (await api.AskAsync("DELETE", "/proxies/redis/toxics/slow")).Status);
        Assert.Empty(await api.LayersAsync("redis", LinkDirection.ToTarget));
        Assert.Equal((404, "toxic not found"), Refusal(await api.AskAsync("GET", "/proxies/redis/toxics/slow")));
    }

    [Fact]
    public async Task A_reset_enables_every_proxy_and_takes_all_toxics_away()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        await api.CreateAsync("redis");
        await api.AskAsync("POST", "/proxies/redis/toxics", """{"type":"latency","attributes":{"latency":5}}""");
        await api.AskAsync("POST", "/proxies/redis", """{"enabled":false}""");
        Assert.Equal(204, (await api.AskAsync("POST", "/reset")).Status);
        JsonElement proxy = (await api.AskAsync("GET", "/proxies/redis")).Body;
        Assert.Equal((true, 0), (proxy.GetProperty("enabled").GetBoolean(), proxy.GetProperty("toxics").GetArrayLength()));
        Assert.Empty(await api.LayersAsync("redis", LinkDirection.ToClient));
    }

    [Fact]
    public async Task A_loss_on_tcp_says_that_no_byte_is_dropped_and_one_on_udp_does_not()
    {
        const string Loss = """{"type":"packet_loss","attributes":{"loss_rate":0.3}}""";
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        await api.CreateAsync("streams");
        await api.CreateAsync("datagrams", ",\"protocol\":\"udp\"");
        Assert.StartsWith("TCP bytes are never dropped", Text((await api.AskAsync("POST", "/proxies/streams/toxics", Loss)).Body, "note"), StringComparison.Ordinal);
        Assert.False((await api.AskAsync("POST", "/proxies/datagrams/toxics", Loss)).Body.TryGetProperty("note", out _));
        foreach (string name in new[] { "streams", "datagrams" })
        {
            Assert.Equal(0.3, Assert.Single(await api.LayersAsync(name, LinkDirection.ToClient)).Faults.Loss);
        }
    }

    [Fact]
    public async Task One_seed_gives_a_proxy_the_same_seed_whichever_proxies_were_made_before_it()
    {
        await using ApiUnderTest one = await ApiUnderTest.StartAsync();
        await using ApiUnderTest two = await ApiUnderTest.StartAsync();
        await using ApiUnderTest other = await ApiUnderTest.StartAsync(seed: 8);
        await two.CreateAsync("before");
        ulong seed = (await one.CreateAsync("redis")).GetProperty("seed").GetUInt64();
        Assert.Equal(seed, (await two.CreateAsync("redis")).GetProperty("seed").GetUInt64());
        Assert.NotEqual(seed, (await other.CreateAsync("redis")).GetProperty("seed").GetUInt64());
        Assert.Equal(42UL, (await one.CreateAsync("own", ",\"seed\":42")).GetProperty("seed").GetUInt64());
        Assert.Equal((seed, 42UL), ((await one.RelayAsync("redis"))!.Seed, (await one.RelayAsync("own"))!.Seed));
    }

    [Theory]
    [InlineData("POST", "/proxies", "", 400, "bad request body: it is empty")]
    [InlineData("POST", "/proxies", "hello", 400, "bad request body: it is no JSON, see line 1, byte 1")]
    [InlineData("POST", "/proxies", "{\n\"name\":}", 400, "bad request body: it is no JSON, see line 2, byte 8")]
    [InlineData("POST", "/proxies", "[]", 400, "bad request body: a proxy is an array, and must be an object")]
    [InlineData("POST", "/proxies", "{\"name\":1}", 400, "bad request body: name is a number, and must be a string")]
    [InlineData("POST", "/proxies", "{}", 400, "missing required field: name")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\"}", 400, "missing required field: upstream")]
    [InlineData("POST", "/proxies", "{\"name\":\"redis\",\"upstream\":\"localhost:1\"}", 409, "proxy already exists")]
    [InlineData("POST", "/proxies", "{\"name\":\"a/b\",\"upstream\":\"localhost:1\"}", 400, "bad request body: the name of the proxy is '.'")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"nowhere\"}", 400, "bad request body: upstream is host:port")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"tls://a:1\"}", 400, "bad request body: upstream is host:port")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"a:0\"}", 400, "bad request body: upstream names port 0")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"a:1\",\"listen\":\"0.0.0.0:0\"}", 403, "listen not allowed")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"a:1\",\"listen\":\"[::]:0\",\"enabled\":false}", 403, "listen not allowed")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"a:1\",\"protocol\":\"sctp\"}", 400, "bad request body: protocol is tcp or udp")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"a:1\",\"seed\":-1}", 400, "bad request body: seed is a number, and must be a whole number")]
    [InlineData("POST", "/proxies", "{\"name\":\"new\",\"upstream\":\"a:1\",\"enabled\":1}", 400, "bad request body: enabled is a number, and must be true or false")]
    [InlineData("PATCH", "/proxies/redis", "{\"protocol\":\"udp\"}", 400, "bad request body: protocol cannot change")]
    [InlineData("POST", "/proxies/other", "{}", 404, "proxy not found")]
    [InlineData("POST", "/populate", "{}", 400, "bad request body: an array of proxies is expected")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"latencies\"}", 400, "invalid toxic type")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"duplicate\"}", 400, "invalid toxic type")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"latency\",\"stream\":\"up\"}", 400, "stream was invalid, can be either upstream or downstream")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"slicer\",\"name\":\"there\",\"attributes\":{\"average_size\":1}}", 409, "toxic already exists")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"slicer\"}", 400, "bad request body: average_size of slicer is a whole number from 1")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"latency\",\"attributes\":{\"latency\":1.5}}", 400, "bad request body: latency of latency is a whole")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"latency\",\"attributes\":{\"latency\":1e400}}", 400, "bad request body: latency is a number, and must be a number that")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"latency\",\"attributes\":7}", 400, "bad request body: attributes is a number, and must be an object")]
    [InlineData("POST", "/proxies/redis/toxics", "{\"type\":\"latency\",\"toxicity\":2}", 400, "bad request body: toxicity is the share")]
    [InlineData("POST", "/proxies/redis/toxics/there", "{\"attributes\":{\"latency\":-1}}", 400, "bad request body: latency of latency is a whole")]
    [InlineData("POST", "/proxies/redis/toxics/other", "{}", 404, "toxic not found")]
    [InlineData("PUT", "/proxies/redis", "{}", 405, "method not allowed")]
    [InlineData("GET", "/nothing", null, 404, "page not found")]
    public async Task What_is_wrong_is_answered_with_a_sentence_and_changes_nothing(
        string method, string path, string? body, int status, string error)
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        await api.CreateAsync("redis");
        await api.AskAsync("POST", "/proxies/redis/toxics", """{"name":"there","type":"latency"}""");
        string before = (await api.AskAsync("GET", "/proxies")).Body.GetRawText();

        (int Status, JsonElement Body) answer = await api.AskAsync(method, path, body);

        Assert.Equal(status, answer.Status);
        Assert.StartsWith(error, Text(answer.Body, "error"), StringComparison.Ordinal);
        Assert.Equal(status, answer.Body.GetProperty("status").GetInt32());
        Assert.Equal(before, (await api.AskAsync("GET", "/proxies")).Body.GetRawText());
    }

    [Fact]
    public async Task A_port_that_is_taken_and_a_target_that_is_the_listener_are_told()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        string listen = Text(await api.CreateAsync("redis"), "listen");
        Assert.Equal(
            (500, $"listen tcp {listen}: bind: address already in use"),
            Refusal(await api.AskAsync("POST", "/proxies", $$"""{"name":"new","listen":"{{listen}}","upstream":"localhost:1"}""")));
        foreach (string upstream in new[] { listen, listen.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) })
        {
            Assert.Equal(
                (400, "upstream is the listener, or is not known"),
                Refusal(await api.AskAsync("PATCH", "/proxies/redis", $$"""{"upstream":"{{upstream}}"}""")));
        }

        Assert.Equal("localhost:6379", Text((await api.AskAsync("GET", "/proxies/redis")).Body, "upstream"));
        Assert.NotNull(await api.RelayAsync("redis"));
    }

    [Fact]
    public async Task Proxies_that_lead_to_one_another_and_back_are_refused()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        string first = Text(await api.CreateAsync("first"), "listen");
        foreach (string name in new[] { "second", "third" })
        {
            (int status, JsonElement proxy) = await api.AskAsync(
                "POST", "/proxies", $$"""{"name":"{{name}}","upstream":"{{first.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}}"}""");
            Assert.Equal(201, status);
            first = Text(proxy, "listen");
        }

        Assert.Equal((400, "upstream leads back"), Refusal(await api.AskAsync("PATCH", "/proxies/first", $$"""{"upstream":"{{first}}"}""")));
        Assert.Equal(200, (await api.AskAsync("PATCH", "/proxies/first", """{"upstream":"localhost:1"}""")).Status);
    }

    [Fact]
    public async Task A_target_of_datagrams_that_nobody_knows_is_refused_and_one_of_streams_is_looked_up_when_somebody_comes()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        const string Nowhere = """{"name":"new","upstream":"nowhere.invalid:53","protocol":"PROTOCOL"}""";
        (int, JsonElement) answer = await api.AskAsync("POST", "/proxies", Nowhere.Replace("PROTOCOL", "udp", StringComparison.Ordinal));
        Assert.Equal((400, "upstream is the listener, or is not known"), Refusal(answer));
        Assert.Contains("nowhere.invalid", Text(answer.Item2, "detail"), StringComparison.Ordinal);
        Assert.Equal(201, (await api.AskAsync("POST", "/proxies", Nowhere.Replace("PROTOCOL", "tcp", StringComparison.Ordinal))).Status);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused_and_the_next_request_is_answered()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        Assert.Equal((413, "request body too large"), Refusal(await api.AskAsync("POST", "/proxies", new string(' ', ApiBody.MaxBytes + 1))));
        Assert.Equal(200, (await api.AskAsync("GET", "/version")).Status);
    }

    [Fact]
    public async Task Proxies_and_toxics_are_bounded()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        string proxies = string.Join(',', Enumerable.Range(0, LinkApiOptions.MaxProxies + 1).Select(static number => string.Create(
            CultureInfo.InvariantCulture, $$"""{"name":"p{{number}}","upstream":"localhost:1","enabled":false}""")));
        (int, JsonElement) populated = await api.AskAsync("POST", "/populate", $"[{proxies}]");
        Assert.Equal((429, "too many proxies"), Refusal(populated));
        Assert.Equal(LinkApiOptions.MaxProxies, populated.Item2.GetProperty("proxies").GetArrayLength());
        for (int number = 0; number < ToxicChain.MaxToxics; number++)
        {
            Assert.Equal(200, (await api.AskAsync("POST", "/proxies/p0/toxics", $$"""{"name":"t{{number}}","type":"noop"}""")).Status);
        }

        Assert.Equal((429, "too many toxics"), Refusal(await api.AskAsync("POST", "/proxies/p0/toxics", """{"type":"noop"}""")));
    }

    [Theory]
    [InlineData("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", "User agent not allowed")]
    [InlineData("Origin", "http://localhost:8474", "Origin not allowed")]
    [InlineData("Origin", "null", "Origin not allowed")]
    [InlineData("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Site not allowed")]
    [InlineData("Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site not allowed")]
    [InlineData("Host", "attacker.example", "Host not allowed")]
    [InlineData("Host", "127.0.0.1.attacker.example:8474", "Host not allowed")]
    [InlineData("Host", "192.0.2.1:8474", "Host not allowed")]
    public async Task A_browser_is_not_answered(string header, string value, string error)
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        Assert.Equal((403, error), Refusal(await api.AskAsync("GET", "/proxies", null, (header, value))));
        Assert.Equal((403, error), Refusal(await api.AskAsync("POST", "/reset", null, (header, value))));
    }

    [Theory]
    [InlineData("User-Agent", "axios/1.7.9")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Host", "localhost")]
    [InlineData("Host", "LOCALHOST:9")]
    [InlineData("Host", "[::1]:8474")]
    [InlineData("Host", "127.0.0.53")]
    public async Task A_program_of_this_machine_is_answered(string header, string value)
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        (int status, JsonElement version) = await api.AskAsync("GET", "/version", null, (header, value));
        Assert.Equal((200, "2.12.0"), (status, Text(version, "version")));
    }

    [Fact]
    public async Task A_request_without_a_host_is_not_answered()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(api.EndPoint, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("GET /proxies HTTP/1.0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        Assert.Contains("403", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer secre", 401)]
    [InlineData("Bearer secret2", 401)]
    [InlineData("secret", 401)]
    [InlineData("Bearer secret", 200)]
    [InlineData("bearer secret", 200)]
    public async Task Who_asks_for_a_token_gets_it_or_answers_nothing(string? authorization, int status)
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync(token: "secret");
        (string, string)[] headers = authorization is null ? [] : [("Authorization", authorization)];
        Assert.Equal(status, (await api.AskAsync("GET", "/version", null, headers)).Status);
    }

    [Fact]
    public async Task Proxies_listen_for_other_machines_only_where_that_was_allowed()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync(allowsAny: true);
        (int status, JsonElement proxy) = await api.AskAsync(
            "POST", "/proxies", """{"name":"open","listen":"0.0.0.0:0","upstream":"localhost:6379"}""");
        Assert.Equal(201, status);
        Assert.StartsWith("0.0.0.0:", Text(proxy, "listen"), StringComparison.Ordinal);
        string port = Text(proxy, "listen")["0.0.0.0:".Length..];
        Assert.Equal(
            (400, "upstream is the listener, or is not known"),
            Refusal(await api.AskAsync("PATCH", "/proxies/open", $$"""{"upstream":"127.0.0.1:{{port}}"}""")));
    }

    [Fact]
    public void The_api_itself_is_never_opened_to_other_machines() =>
        Assert.Throws<FormatException>(static () => new LinkApiServer(
            new LinkApiOptions { EndPoints = [new IPEndPoint(IPAddress.Any, 0)], Seed = 1 }));

    private static (int Status, string Error) Refusal((int Status, JsonElement Body) answer) => (answer.Status, Text(answer.Body, "error"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}

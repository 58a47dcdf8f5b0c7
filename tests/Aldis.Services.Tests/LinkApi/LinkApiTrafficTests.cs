using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Aldis.Protocols.Impairment;
using Aldis.Tests;

namespace Aldis.Services.Tests.LinkApi;

/// <summary>What toxics that came over the API do to traffic.</summary>
public sealed class LinkApiTrafficTests : IAsyncDisposable
{
    private static readonly byte[] Question = [.. Enumerable.Range(0, 10_000).Select(static number => (byte)number)];

    private readonly TcpListener _echo = new(IPAddress.Loopback, 0);
    private readonly Task _echoing;

    public LinkApiTrafficTests()
    {
        _echo.Start();
        _echoing = EchoAsync();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _echo.Dispose();
        await _echoing;
    }

    [Fact]
    public async Task Every_byte_comes_back_whatever_delays_slices_and_loses_it()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        using TcpClient client = await ConnectAsync(api);
        foreach (string toxic in new[]
        {
            """{"type":"latency","attributes":{"latency":5,"jitter":5}}""",
            """{"type":"slicer","stream":"upstream","attributes":{"average_size":700,"size_variation":300,"delay":100}}""",
            """{"type":"packet_loss","attributes":{"loss_rate":0.2}}""",
            """{"type":"bandwidth","attributes":{"rate":1000}}""",
        })
        {
            Assert.Equal(200, (await api.AskAsync("POST", "/proxies/echo/toxics", toxic)).Status);
        }

        Assert.Equal(Question, await AskAsync(client));
        LinkRelayCounts counts = await CountsAsync(api);
        Assert.True(counts.ToClient.Delayed > 0);
        Assert.True(counts.ToTarget.Sent > Question.Length / 1000);
    }

    [Fact]
    public async Task A_limit_closes_behind_its_last_byte()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        using TcpClient client = await ConnectAsync(api, """{"type":"limit_data","attributes":{"bytes":4000}}""");
        await client.GetStream().WriteAsync(Question, Cancellation);
        Assert.Equal(Question[..4000], await ReadToEndAsync(client).InTime());
    }

    [Fact]
    public async Task A_reset_comes_with_the_first_byte()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        using TcpClient client = await ConnectAsync(api, """{"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}""");
        await client.GetStream().WriteAsync(Question, Cancellation);
        IOException reset = await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(client).InTime());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(reset.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_timeout_without_time_holds_everything_back_and_closes_when_it_is_taken_away()
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        using TcpClient client = await ConnectAsync(api, """{"name":"hold","type":"timeout","attributes":{"timeout":0}}""");
        await client.GetStream().WriteAsync(Question, Cancellation);
        Task<byte[]> held = ReadToEndAsync(client);
        await Wait.UntilAsync(async () => (await CountsAsync(api)).ToTarget.SentBytes == Question.Length);
        Assert.False(held.IsCompleted);
        await api.AskAsync("DELETE", "/proxies/echo/toxics/hold");
        Assert.Empty(await held.InTime());
        using TcpClient next = await ConnectAsync(api, create: false);
        Assert.Equal(Question, await AskAsync(next));
    }

    [Theory]
    [InlineData("POST", "/proxies/echo", """{"enabled":false}""", "POST", "/proxies/echo", """{"enabled":true}""")]
    [InlineData("POST", "/proxies/echo/toxics", """{"name":"d","type":"down"}""", "DELETE", "/proxies/echo/toxics/d", null)]
    [InlineData("POST", "/proxies/echo", """{"enabled":false}""", "POST", "/reset", null)]
    [InlineData("POST", "/proxies/echo/toxics", """{"name":"d","type":"down"}""", "POST", "/reset", null)]
    public async Task Who_is_down_refuses_and_has_closed_what_there_was_until_it_is_up_again(
        string method, string path, string body, string upMethod, string upPath, string? upBody)
    {
        await using ApiUnderTest api = await ApiUnderTest.StartAsync();
        using TcpClient before = await ConnectAsync(api);
        Assert.Equal(Question, await AskAsync(before));
        string listen = await ListenAsync(api);

        await api.AskAsync(method, path, body);
        try
        {
            Assert.Empty(await ReadToEndAsync(before).InTime());
        }
        catch (IOException)
        {
            // Closed all the same.
        }

        using var during = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => during.ConnectAsync(IPEndPoint.Parse(listen), Cancellation).AsTask());

        await api.AskAsync(upMethod, upPath, upBody);
        Assert.Equal(listen, await ListenAsync(api));
        using TcpClient after = await ConnectAsync(api, create: false);
        Assert.Equal(Question, await AskAsync(after));
    }

    [Fact]
    public async Task Toxicity_is_the_share_of_connections_and_the_seed_decides_which()
    {
        string[] runs = [await FatesAsync(7), await FatesAsync(7), await FatesAsync(8)];
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
        Assert.InRange(runs[0].Count(static fate => fate == 'x'), 4, 36);

        // Forty connections, each with an even chance to be closed at once.
        async Task<string> FatesAsync(ulong seed)
        {
            await using ApiUnderTest api = await ApiUnderTest.StartAsync(seed: seed);
            await CreateAsync(api, """{"type":"limit_data","toxicity":0.5,"attributes":{"bytes":1}}""");
            var fates = new List<char>();
            for (int number = 0; number < 40; number++)
            {
                using TcpClient client = await ConnectAsync(api, create: false);
                await client.GetStream().WriteAsync(Question.AsMemory(0, 2), Cancellation);
                fates.Add(await client.GetStream().ReadAtLeastAsync(new byte[2], 2, false, Cancellation).InTime() == 2 ? '-' : 'x');
            }

            return string.Concat(fates);
        }
    }

    [Fact]
    public async Task Two_runs_with_one_seed_decide_alike_over_datagrams_and_a_third_with_another_does_not()
    {
        (string Log, string Heard)[] runs = [await RunAsync(7), await RunAsync(7), await RunAsync(8)];
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0].Log, runs[2].Log);
        Assert.NotEqual(runs[0].Heard, runs[2].Heard);

        static async Task<(string Log, string Heard)> RunAsync(ulong seed)
        {
            using var target = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            var notes = new ConcurrentQueue<LinkNote>();
            await using ApiUnderTest api = await ApiUnderTest.StartAsync(seed: seed, observe: _ => new Notes(notes));
            (_, JsonElement proxy) = await api.AskAsync(
                "POST", "/proxies", $$"""{"name":"udp","listen":"localhost:0","protocol":"udp","upstream":"{{target.Client.LocalEndPoint}}"}""");
            await api.AskAsync("POST", "/proxies/udp/toxics", """{"stream":"upstream","type":"packet_loss","attributes":{"loss_rate":0.3,"correlation":0.2}}""");
            await api.AskAsync("POST", "/proxies/udp/toxics", """{"stream":"upstream","type":"corrupt","attributes":{"rate":0.2}}""");
            using var client = new UdpClient();
            client.Connect(IPEndPoint.Parse(proxy.GetProperty("listen").GetString()!));
            for (byte number = 0; number < 200; number++)
            {
                await client.SendAsync(new byte[] { number, 1, 2, 3 }, Cancellation);
            }

            await Wait.UntilAsync(() => notes.Count == 200);
            int passed = notes.Count(static note => note.Verdict.Drop == LinkFault.None);
            var heard = new List<string>();
            while (heard.Count < passed)
            {
                heard.Add(Convert.ToHexString((await target.ReceiveAsync(Cancellation).AsTask().InTime()).Buffer));
            }

            return (string.Join('\n', notes.Select(static note => note with { NowNanoseconds = 0 })), string.Join('\n', heard));
        }
    }

    private async Task EchoAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _echo.AcceptTcpClientAsync(Cancellation)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            await Task.WhenAll(serving).InTime();
        }

        static async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    await client.GetStream().CopyToAsync(client.GetStream(), Cancellation);
                    client.Client.Shutdown(SocketShutdown.Send);
                }
                catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
                {
                    // The link ended it.
                }
            }
        }
    }

    private async Task CreateAsync(ApiUnderTest api, string? toxic)
    {
        (int status, _) = await api.AskAsync(
            "POST", "/proxies", $$"""{"name":"echo","listen":"localhost:0","upstream":"{{_echo.LocalEndpoint}}"}""");
        Assert.Equal(201, status);
        Assert.True(toxic is null || (await api.AskAsync("POST", "/proxies/echo/toxics", toxic)).Status == 200);
    }

    private async Task<TcpClient> ConnectAsync(ApiUnderTest api, string? toxic = null, bool create = true)
    {
        if (create)
        {
            await CreateAsync(api, toxic);
        }

        var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(await ListenAsync(api)), Cancellation);
        return client;
    }

    private static async Task<string> ListenAsync(ApiUnderTest api) =>
        (await api.AskAsync("GET", "/proxies/echo")).Body.GetProperty("listen").GetString()!;

    private static async Task<LinkRelayCounts> CountsAsync(ApiUnderTest api)
    {
        Transports.Relay.LinkRelay relay = (await api.RelayAsync("echo"))!;
        return new LinkRelayCounts(relay.CountersOf(LinkDirection.ToTarget), relay.CountersOf(LinkDirection.ToClient));
    }

    private static async Task<byte[]> AskAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync(Question, Cancellation);
        byte[] answer = new byte[Question.Length];
        await client.GetStream().ReadExactlyAsync(answer, Cancellation).AsTask().InTime();
        return answer;
    }

    private static async Task<byte[]> ReadToEndAsync(TcpClient client)
    {
        using var all = new MemoryStream();
        await client.GetStream().CopyToAsync(all, Cancellation);
        return all.ToArray();
    }

    private sealed record LinkRelayCounts(Protocols.Relay.LinkCounters ToTarget, Protocols.Relay.LinkCounters ToClient);

    private sealed class Notes(ConcurrentQueue<LinkNote> notes) : ILinkObserver
    {
        public void OnDecision(in LinkNote note) => notes.Enqueue(note);
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>
/// The API under requests of somebody who means harm: everything is answered, nothing as an error of the server, what a program may ask for
/// by the document as that says; and the server keeps nothing of it. <c>ALDIS_API_REQUESTS</c> says how many.
/// </summary>
public sealed class ApiFuzzTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int AtOnce = 8;
    private const int MostStreamBytes = 256;
    private const long MostGrownBytes = 64 * 1024 * 1024;

    // What HTTP answers by itself to what is asked for as the document says, and to what is not.
    private static readonly int[] OfHeaders = [304, 414, 417, 431];
    private static readonly int[] OfNoOperation = [200, 204, 304, 400, 401, 403, 404, 405, 411, 413, 414, 415, 417, 431, 501];

    private ShownServer _shown = null!;

    public async ValueTask InitializeAsync() => _shown = await ShownServer.StartAsync();

    public ValueTask DisposeAsync() => _shown.DisposeAsync();

    [Fact]
    public async Task Hostile_requests_are_answered_as_the_document_says_and_leave_the_server_as_it_was()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("ALDIS_API_REQUESTS"), out int asked) ? asked : 2000;
        await _shown.SendAsync("one", "<script>alert(1)</script>", "three");
        using JsonDocument document = JsonDocument.Parse(await _shown.ReadAsync("openapi.json"));
        var requests = new ApiRequests(document.RootElement);
        var answers = new ConcurrentDictionary<int, int>();
        await SendAsync(requests, 0, Math.Min(count, 500), answers);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await SendAsync(requests, 500, count, answers);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"requests={count} grown_kib={grown / 1024} "
            + $"{string.Join(' ', answers.OrderBy(static one => one.Key).Select(static one => $"{one.Key}={one.Value}"))}"));
        Assert.True(grown < MostGrownBytes, $"{grown} bytes were kept");

        // Of the overview there is one look a second for everybody.
        await Wait.UntilAsync(async () =>
        {
            using JsonDocument overview = JsonDocument.Parse(await _shown.ReadAsync("overview"));
            return overview.RootElement.GetProperty("state").GetString() == "well" && overview.RootElement.GetProperty("messages").GetInt64() == 3;
        });
    }

    [Theory]
    [InlineData("GET /api/v1/overview HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/v1/overview HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /api/v1/overview HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("GET /api/v1/overview\u0001 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("GET http://evil.example/api/v1/overview HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public async Task What_is_hardly_HTTP_is_refused_and_not_answered_with_data(string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _shown.Link.Port, TestContext.Current.CancellationToken);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        string answer = string.Empty;
        try
        {
            answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken).InTime();
        }
        catch (IOException)
        {
            // It was cut without a word, which is an answer too.
        }

        Assert.DoesNotMatch("^HTTP/1.1 ([123]|500)", answer);
        Assert.DoesNotContain("messages_per_second", answer, StringComparison.Ordinal);
    }

    private async Task SendAsync(ApiRequests requests, int first, int end, ConcurrentDictionary<int, int> answers) =>
        await Parallel.ForAsync(
            first,
            Math.Max(first, end),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken },
            async (number, cancellationToken) =>
            {
                using HttpRequestMessage request = requests.Make(number, out JsonElement? operation);
                string what = $"request {number}, {request.Method} {request.RequestUri}";
                HttpResponseMessage? sent = null;
                try
                {
                    sent = await _shown.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).InTime();
                }
                catch (HttpRequestException exception) when (exception.InnerException is IOException)
                {
                    // It was refused and cut off while it was still on the way, which is counted as no status.
                    answers.AddOrUpdate(0, 1, static (_, seen) => seen + 1);
                    return;
                }

                using HttpResponseMessage answer = sent;
                int status = (int)answer.StatusCode;
                answers.AddOrUpdate(status, 1, static (_, seen) => seen + 1);
                Assert.True(status < 500 || status == 501, $"{what} is answered {status}");
                Assert.True(
                    operation is { } described
                        ? OfHeaders.Contains(status)
                            || described.GetProperty("responses").TryGetProperty(status.ToString(CultureInfo.InvariantCulture), out _)
                        : OfNoOperation.Contains(status),
                    $"{what} is answered {status}, which the document does not say");
                await ReadAsync(answer, cancellationToken).InTime();
            });

    /// <summary>Reads an answer to its end; of a stream, which has none, the beginning.</summary>
    private static async Task ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        bool isStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        byte[] bytes = new byte[isStream ? MostStreamBytes : 64 * 1024];
        while (await body.ReadAsync(bytes, cancellationToken) > 0 && !isStream)
        {
        }
    }
}

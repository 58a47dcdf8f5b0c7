using System.Net;
using Aldis.Cli.Verbs.Serve.Telemetry;

namespace Aldis.Cli.Tests.Admin;

/// <summary>What is said of a collector that takes nothing.</summary>
public sealed class CollectorWatchTests
{
    private const string Collector = "the collector at http://collector.test:4318";

    private readonly List<string> _told = [];

    [Fact]
    public async Task What_fails_is_told_once_until_it_succeeds_and_that_once_too()
    {
        await AskAsync(HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.BadGateway, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound);

        Assert.Equal(
            [
                $"{Collector} does not take the metrics: it answered 404 (NotFound).",
                $"{Collector} takes the metrics again.",
                $"{Collector} does not take the metrics: it answered 404 (NotFound).",
            ],
            _told);
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, "there is no address for its name.")]
    [InlineData(HttpRequestError.ConnectionError, "nobody answers there.")]
    [InlineData(HttpRequestError.SecureConnectionError, "TLS with it failed.")]
    [InlineData(HttpRequestError.HttpProtocolError, "what answered speaks another protocol: OTEL_EXPORTER_OTLP_PROTOCOL is grpc or http/protobuf.")]
    public async Task Why_nothing_came_back_is_told(HttpRequestError error, string sentence)
    {
        await AskAsync(new HttpRequestException(error));
        Assert.Equal([$"{Collector} does not take the metrics: {sentence}"], _told);
    }

    [Fact]
    public async Task One_that_is_silent_is_told()
    {
        await AskAsync(new TaskCanceledException());
        Assert.Equal([$"{Collector} does not take the metrics: it did not answer in time."], _told);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("16", 1)]
    public async Task A_call_of_gRPC_that_was_refused_at_once_is_told(string status, int told)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.OK);
        answer.Headers.Add("grpc-status", status);
        await AskAsync(answer);
        Assert.Equal(told, _told.Count(static sentence => sentence.EndsWith("it answered grpc-status 16.", StringComparison.Ordinal)));
    }

    // Half of them asked as a thread does that waits, half as one that does not.
    private async Task AskAsync(params object[] outcomes)
    {
        using var client = new HttpMessageInvoker(new CollectorWatch("metrics", _told.Add) { InnerHandler = new Outcomes(outcomes) });
        for (int index = 0; index < outcomes.Length; index++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://collector.test:4318/v1/metrics");
            try
            {
                using HttpResponseMessage answer = index % 2 == 0
                    ? client.Send(request, TestContext.Current.CancellationToken)
                    : await client.SendAsync(request, TestContext.Current.CancellationToken);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                Assert.Same(outcomes[index], exception);
            }
        }
    }

    private sealed class Outcomes(object[] outcomes) : HttpMessageHandler
    {
        private int _next;

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => outcomes[_next++] switch
        {
            HttpStatusCode status => new HttpResponseMessage(status),
            HttpResponseMessage answer => answer,
            var failure => throw (Exception)failure,
        };

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}

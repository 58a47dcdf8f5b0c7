using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Serve.Telemetry;

/// <summary>
/// Says that a collector does not take what it is sent, and that it takes it again: once each, however often that is tried. The library
/// that sends keeps it to itself.
/// </summary>
/// <param name="what">What is sent: <c>metrics</c> or <c>traces</c>.</param>
/// <param name="tell">Takes a sentence.</param>
internal sealed class CollectorWatch(string what, Action<string> tell)
    : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    // Where a call of gRPC fails at once, its status is among the headers.
    private const string GrpcStatus = "grpc-status";

    private volatile bool _isFailing;

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            HttpResponseMessage answer = base.Send(request, cancellationToken);
            Note(request, WhyNot(answer));
            return answer;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            Note(request, WhyNot(exception));
            throw;
        }
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            Note(request, WhyNot(answer));
            return answer;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            Note(request, WhyNot(exception));
            throw;
        }
    }

    private static string? WhyNot(HttpResponseMessage answer) =>
        !answer.IsSuccessStatusCode ? $"it answered {(int)answer.StatusCode} ({answer.StatusCode})"
        : answer.Headers.TryGetValues(GrpcStatus, out IEnumerable<string>? status) && status.First() is not "0" and string number
            ? $"it answered {GrpcStatus} {PrintableText.Escape(number)}"
        : null;

    private static string WhyNot(Exception exception) => (exception as HttpRequestException)?.HttpRequestError switch
    {
        null => "it did not answer in time",
        HttpRequestError.NameResolutionError => "there is no address for its name",
        HttpRequestError.ConnectionError => "nobody answers there",
        HttpRequestError.SecureConnectionError => "TLS with it failed",
        _ => "what answered speaks another protocol: OTEL_EXPORTER_OTLP_PROTOCOL is grpc or http/protobuf",
    };

    private void Note(HttpRequestMessage request, string? reason)
    {
        if (_isFailing == reason is not null)
        {
            return;
        }

        _isFailing = reason is not null;
        string collector = "the collector at " + request.RequestUri!.GetLeftPart(UriPartial.Authority);
        tell(reason is null ? $"{collector} takes the {what} again." : $"{collector} does not take the {what}: {reason}.");
    }
}

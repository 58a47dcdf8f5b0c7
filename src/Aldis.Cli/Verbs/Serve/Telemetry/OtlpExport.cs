using System.Runtime.CompilerServices;
using Aldis.Services.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Aldis.Cli.Verbs.Serve.Telemetry;

/// <summary>
/// Sends metrics and spans to a collector by OTLP, where the usual environment variables name one
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its siblings, OpenTelemetry specification, "OTLP exporter configuration"). Where none does,
/// nothing of it is loaded.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private const string Variables = "OTEL_EXPORTER_OTLP_";
    private const string Endpoint = Variables + "ENDPOINT";
    private const string MetricsEndpoint = Variables + "METRICS_ENDPOINT";
    private const string TracesEndpoint = Variables + "TRACES_ENDPOINT";

    /// <summary>How long the end of a server waits for a collector that does not answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private OtlpExport(MeterProvider? metrics, TracerProvider? traces)
    {
        _metrics = metrics;
        _traces = traces;
    }

    /// <summary>Begins, where the environment asks for it.</summary>
    /// <param name="warn">Takes a sentence when the collector takes nothing, and when it takes it again; from any thread.</param>
    /// <returns>Null where it does not.</returns>
    /// <exception cref="UsageException">What it names is no address or no protocol, or one with TLS and there is no OpenSSL.</exception>
    public static OtlpExport? Begin(Action<string> warn)
    {
        bool isOff = string.Equals(Read("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        bool hasMetrics = !isOff && Read("OTEL_METRICS_EXPORTER") is null or "otlp" && IsNamed(MetricsEndpoint);
        bool hasTraces = !isOff && Read("OTEL_TRACES_EXPORTER") is null or "otlp" && IsNamed(TracesEndpoint);
        if (!hasMetrics && !hasTraces)
        {
            return null;
        }

        Array.ForEach(["PROTOCOL", "METRICS_PROTOCOL", "TRACES_PROTOCOL"], CheckProtocol);
        return Build(hasMetrics, hasTraces, warn);
    }

    /// <summary>Sends what was not sent yet, and ends.</summary>
    public void Dispose()
    {
        _metrics?.Shutdown((int)Patience.TotalMilliseconds);
        _traces?.Shutdown((int)Patience.TotalMilliseconds);
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private static bool IsNamed(string variable)
    {
        string named = Read(variable) is null ? Endpoint : variable;
        if (Read(named) is not { } text)
        {
            return false;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"{named} takes the address of a collector such as http://127.0.0.1:4317, not '{text}'.");
        }

        if (uri.Scheme == "https")
        {
            OpenSslNeed.Require($"{named} with https");
        }

        return true;
    }

    // The library takes any other word for the default, and says so to nobody.
    private static void CheckProtocol(string variable)
    {
        if (Read(Variables + variable) is { } text and not ("grpc" or "http/protobuf"))
        {
            throw new UsageException($"{Variables}{variable} takes grpc or http/protobuf, not '{text}'.");
        }
    }

    // Certificates of the client's own come by variables too, and with the library's connection.
    private static void Watch(OtlpExporterOptions options, string what, Action<string> warn)
    {
        if (Read(Variables + "CERTIFICATE") is null && Read(Variables + "CLIENT_CERTIFICATE") is null)
        {
            options.HttpClientFactory = () =>
                new HttpClient(new CollectorWatch(what, warn)) { Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds) };
        }
    }

    // Apart, so that its libraries are not looked for where nobody wants them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OtlpExport Build(bool hasMetrics, bool hasTraces, Action<string> warn)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault();
        if (Read("OTEL_SERVICE_NAME") is null)
        {
            resource.AddService("aldis", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(fieldCount: 3));
        }

        return new OtlpExport(
            hasMetrics
                ? Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(ServerMeters.Name)
                    .AddOtlpExporter(options => Watch(options, "metrics", warn)).Build()
                : null,
            hasTraces
                ? Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(ServerTraces.Name)
                    .AddOtlpExporter(options => Watch(options, "traces", warn)).Build()
                : null);
    }
}

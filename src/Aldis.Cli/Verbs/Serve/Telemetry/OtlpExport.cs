using System.Runtime.CompilerServices;
using Aldis.Services.Hosting;
using OpenTelemetry;
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
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

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
    /// <returns>Null where it does not.</returns>
    /// <exception cref="UsageException">What it names is no address, or one with TLS and there is no OpenSSL.</exception>
    public static OtlpExport? Begin()
    {
        bool isOff = string.Equals(Read("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        bool hasMetrics = !isOff && Read("OTEL_METRICS_EXPORTER") is null or "otlp" && IsNamed(MetricsEndpoint);
        bool hasTraces = !isOff && Read("OTEL_TRACES_EXPORTER") is null or "otlp" && IsNamed(TracesEndpoint);
        return hasMetrics || hasTraces ? Build(hasMetrics, hasTraces) : null;
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

    // Apart, so that its libraries are not looked for where nobody wants them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OtlpExport Build(bool hasMetrics, bool hasTraces)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault();
        if (Read("OTEL_SERVICE_NAME") is null)
        {
            resource.AddService("aldis", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(fieldCount: 3));
        }

        return new OtlpExport(
            hasMetrics
                ? Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(ServerMeters.Name).AddOtlpExporter().Build()
                : null,
            hasTraces
                ? Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(ServerTraces.Name).AddOtlpExporter().Build()
                : null);
    }
}

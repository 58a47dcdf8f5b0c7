using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aldis.Cli.Tests.Admin;

/// <summary>
/// The stand-in of an OpenTelemetry collector: it takes what is sent by OTLP over HTTP (opentelemetry-proto 1.x, collector/metrics and
/// collector/trace) and keeps the last value of each series and the names of spans. It reads the few fields it needs.
/// </summary>
internal sealed class OtlpStub : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _spans = new(StringComparer.Ordinal);
    private readonly WebApplication _http;

    private OtlpStub() => _http = PlainHttp.Build([new IPEndPoint(IPAddress.Loopback, 0)], static _ => { }, TakeAsync);

    /// <summary>Where it listens.</summary>
    public string Address => _http.Urls.First();

    /// <summary>Starts one.</summary>
    public static async Task<OtlpStub> StartAsync()
    {
        var stub = new OtlpStub();
        await stub._http.StartAsync(TestContext.Current.CancellationToken);
        return stub;
    }

    /// <summary>The last value of a series: of a sum or a gauge its value, of a histogram its count.</summary>
    /// <param name="series">Its name and attributes, such as <c>aldis.server.messages{aldis.service=messages}</c>.</param>
    public double this[string series]
    {
        get
        {
            lock (_lock)
            {
                return _values.GetValueOrDefault(series, double.NaN);
            }
        }
    }

    /// <summary>How many spans of a name came.</summary>
    public int Spans(string name)
    {
        lock (_lock)
        {
            return _spans.GetValueOrDefault(name);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _http.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        lock (_lock)
        {
            // ExportMetricsServiceRequest and ExportTraceServiceRequest: resources, of these scopes, of these what was measured.
            IEnumerable<ReadOnlyMemory<byte>> scopes = Messages(body.ToArray(), 1).SelectMany(static resource => Messages(resource, 2));
            foreach (ReadOnlyMemory<byte> one in scopes.SelectMany(static scope => Messages(scope, 2)))
            {
                if (context.Request.Path.Value == "/v1/metrics")
                {
                    TakeMetric(one);
                }
                else
                {
                    string name = Text(Messages(one, 5).Single());
                    _spans[name] = _spans.GetValueOrDefault(name) + 1;
                }
            }
        }
    }

    private void TakeMetric(ReadOnlyMemory<byte> metric)
    {
        const uint Gauge = 5, Sum = 7, Histogram = 9;
        string name = Text(Messages(metric, 1).Single());
        foreach (ReadOnlyMemory<byte> point in Messages(metric, Gauge).Concat(Messages(metric, Sum)).SelectMany(static data => Messages(data, 1)))
        {
            const uint Double = 4, Whole = 6;
            double value = Fixed(point, Double) is { } bits ? BitConverter.UInt64BitsToDouble(bits) : (long)Fixed(point, Whole)!.Value;
            _values[name + Attributes(Messages(point, 7))] = value;
        }

        foreach (ReadOnlyMemory<byte> point in Messages(metric, Histogram).SelectMany(static data => Messages(data, 1)))
        {
            _values[name + Attributes(Messages(point, 9))] = Fixed(point, 4)!.Value;
        }
    }

    private static string Attributes(IEnumerable<ReadOnlyMemory<byte>> attributes)
    {
        string text = string.Join(',', attributes
            .Select(static one => $"{Text(Messages(one, 1).Single())}={Text(Messages(Messages(one, 2).Single(), 1).Single())}")
            .Order(StringComparer.Ordinal));
        return text.Length == 0 ? string.Empty : $"{{{text}}}";
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, uint field) =>
        Fields(message).Where(one => one.Field == field && one.Fixed is null).Select(static one => one.Bytes);

    private static ulong? Fixed(ReadOnlyMemory<byte> message, uint field) =>
        Fields(message).FirstOrDefault(one => one.Field == field && one.Fixed is not null).Fixed;

    /// <summary>The fields of a message of protocol buffers: those of a length and those of eight bytes.</summary>
    private static IEnumerable<(uint Field, ReadOnlyMemory<byte> Bytes, ulong? Fixed)> Fields(ReadOnlyMemory<byte> message)
    {
        const int Varint = 0, EightBytes = 1, Length = 2, FourBytes = 5;
        while (!message.IsEmpty)
        {
            ulong key = Number(ref message);
            uint field = (uint)(key >> 3);
            switch ((int)(key & 7))
            {
                case Varint:
                    _ = Number(ref message);
                    break;
                case EightBytes:
                    yield return (field, default, BinaryPrimitives.ReadUInt64LittleEndian(message.Span));
                    message = message[8..];
                    break;
                case Length:
                    int length = (int)Number(ref message);
                    yield return (field, message[..length], null);
                    message = message[length..];
                    break;
                case FourBytes:
                    message = message[4..];
                    break;
                default:
                    throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"wire type {key & 7}"));
            }
        }
    }

    private static ulong Number(ref ReadOnlyMemory<byte> message)
    {
        ulong number = 0;
        int shift = 0;
        byte next;
        do
        {
            next = message.Span[0];
            message = message[1..];
            number |= (ulong)(next & 0x7F) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return number;
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>
/// Requests of somebody who means harm, drawn from the API's own document: every place of it with every parameter, each left out, right or
/// hostile, with headers and bodies that nobody asked for. The same number is the same request.
/// </summary>
internal sealed class ApiRequests
{
    private static readonly string[] Methods = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"];

    private static readonly string[] Numbers =
    [
        "0", "1", "2", "17", "-1", "-0", "+5", " 5", "5 ", "05", "1.5", "1e9", "0x10", "NaN", "Infinity", "", "\u0663", "\uff11\uff12",
        "999999999999999999999999",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "2147483648", "65536", "200", "500", "501",
    ];

    private static readonly string[] Texts =
    [
        "", " ", "a", "pump-7", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' OR 1=1 --", "{{7*7}}",
        "%00", "\0", "\r\nSet-Cookie: a=b", "\u001b[31m", "\u202egnp.exe", "\ufeff", "\ud83d\ude80", "../../etc/passwd", "..\\..\\x",
        "*", "%", "data:1,ack:2", "data:1", "data:-1", "data:999999999999", ",,,", "data:", "go-back-n", "selective-repeat",
        "svg", "html", "mermaid", "csv", "ndjson", "xml", "1.0", "1.64", "1.99999999", "99.1", "0.1", "0.9", "0.91", "-0.1", "1.1.1", ".",
        "2030-01-01T00:00:00Z", "1970-01-01", "0001-01-01", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00+14:00", "yesterday",
    ];

    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Accept", ["*/*", "text/html", "application/xml;q=0.5,*;q=x", ""]),
        ("Accept-Encoding", ["br", "gzip, br;q=0", "*;q=0", "identity;q=0, *;q=0", "br;q=99"]),
        ("If-None-Match", ["*", "\"x\"", "W/\"", "\"\u0001\""]),
        ("Range", ["bytes=0-0", "bytes=-1", "bytes=5-1", "bytes=0-18446744073709551615", "pages=1"]),
        ("Last-Event-ID", ["0", "1", "-1", "1.64", "99.99", "x", "9223372036854775807", "9223372036854775808"]),
        ("Content-Type", ["application/json", "multipart/form-data; boundary=x", "text/plain; charset=utf-7", "x"]),
        ("Cookie", ["aldis-session-1=x", "=", ";;;", "a=b; a=c"]),
        ("X-Forwarded-Host", ["evil.example"]),
        ("X-HTTP-Method-Override", ["DELETE"]),
        ("X-Original-URL", ["/api/v1/session"]),
        ("Upgrade", ["websocket", "h2c"]),
        ("Expect", ["100-continue"]),
        ("Connection", ["close", "keep-alive"]),
    ];

    private readonly (string Path, string Method, JsonElement Operation)[] _operations;

    /// <summary>Reads the document.</summary>
    public ApiRequests(JsonElement document) => _operations =
    [
        .. document.GetProperty("paths").EnumerateObject().SelectMany(static path =>
            path.Value.EnumerateObject().Select(operation => (path.Name, operation.Name.ToUpperInvariant(), operation.Value))),
    ];

    /// <summary>Makes a request.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="operation">The operation of the document that it is; null where it is none.</param>
    public HttpRequestMessage Make(int number, out JsonElement? operation)
    {
        var random = new Random(number);
        (string path, string method, JsonElement described) = _operations[random.Next(_operations.Length)];
        operation = described;
        if (random.Next(10) == 0)
        {
            method = Pick(random, Methods);
            operation = null;
        }

        path = path[1..].Replace("{number}", Uri.EscapeDataString(Number(random)), StringComparison.Ordinal);
        if (random.Next(20) == 0)
        {
            path += Pick(random, ["/", "//", "/..", "/%2e%2e/%2e%2e", "/stream", ";a=b", "%00", "/" + Uri.EscapeDataString(Text(random))]);
            operation = null;
        }

        var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1/{path}?{Query(random, described)}");
        AddHeaders(random, request);
        if (random.Next(8) == 0)
        {
            request.Content = Body(random);
            operation = null;
        }

        return request;
    }

    private static string Query(Random random, JsonElement operation)
    {
        var words = new List<string>();
        foreach (JsonElement parameter in operation.TryGetProperty("parameters", out JsonElement all) ? all.EnumerateArray() : default)
        {
            if (parameter.GetProperty("in").GetString() == "query")
            {
                string name = parameter.GetProperty("name").GetString()!;
                bool isNumber = parameter.GetProperty("schema").TryGetProperty("type", out JsonElement type) && type.ToString() != "string";
                for (int times = random.Next(12) switch { < 6 => 0, < 11 => 1, _ => 2 }; times > 0; times--)
                {
                    words.Add($"{name}={Value(random, isNumber)}");
                }
            }
        }

        if (random.Next(10) == 0)
        {
            words.Add(Pick(
                random, ["&", "=", "a", "=b", "a=b=c", "%", "%zz", "%ff%fe=%c0%af", "text=%ed%a0%80", "a[]=a", new string('x', 4000)]));
        }

        return string.Join('&', words);
    }

    private static string Value(Random random, bool isNumber)
    {
        string text = random.Next(4) == 0 ^ isNumber ? Number(random) : Text(random);
        return Uri.EscapeDataString(text);
    }

    private static string Number(Random random) => random.Next(3) switch
    {
        0 => random.Next(0, 300).ToString(CultureInfo.InvariantCulture),
        1 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        _ => Pick(random, Numbers),
    };

    private static string Text(Random random) => random.Next(6) switch
    {
        0 => new string((char)random.Next(0x20, 0xd7ff), random.Next(0, 300)),
        1 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => char.ConvertFromUtf32(random.Next(1, 0xd7ff)))),
        _ => Pick(random, Texts),
    };

    private static void AddHeaders(Random random, HttpRequestMessage request)
    {
        for (int count = random.Next(6) switch { < 3 => 0, 5 => 4, _ => 1 }; count > 0; count--)
        {
            (string name, string[] values) = Headers[random.Next(Headers.Length)];
            _ = request.Headers.TryAddWithoutValidation(name, Pick(random, values));
        }
    }

    private static ByteArrayContent Body(Random random)
    {
        byte[] bytes = new byte[random.Next(5) switch { 0 => 0, 1 => 1, 2 => 300, 3 => 64 * 1024, _ => (64 * 1024) + 1 }];
        random.NextBytes(bytes);
        var body = new ByteArrayContent(random.Next(2) == 0 ? bytes : Encoding.UTF8.GetBytes("{\"token\":[[[[\"x\"]]]]}"));
        body.Headers.ContentType = random.Next(2) == 0 ? null : new MediaTypeHeaderValue("application/json");
        return body;
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}

using System.IO.Compression;
using Aldis.Protocols.Integrity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Aldis.Dashboard.Hosting;

/// <summary>One file of the page.</summary>
internal sealed class PageAsset
{
    private readonly Lazy<byte[]> _compressed;
    private readonly string _contentType;
    private readonly string _tag;

    private PageAsset(string name, byte[] plain)
    {
        Plain = plain;
        _contentType = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" or ".mjs" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".json" => "application/json",
            _ => "text/plain; charset=utf-8",
        };
        _tag = $"\"{Convert.ToHexStringLower(Sha256.HashData(plain).AsSpan(0, 16))}\"";
        _compressed = new Lazy<byte[]>(() => Compress(plain));
    }

    /// <summary>The file as it is.</summary>
    public ReadOnlyMemory<byte> Plain { get; }

    /// <summary>The file compressed.</summary>
    public ReadOnlyMemory<byte> Compressed => _compressed.Value;

    /// <summary>Reads a file out of this assembly.</summary>
    /// <param name="resource">Its name there.</param>
    public static PageAsset Load(string resource)
    {
        using Stream stream = typeof(PageAsset).Assembly.GetManifestResourceStream(resource)!;
        byte[] plain = new byte[stream.Length];
        stream.ReadExactly(plain);
        return new PageAsset(resource, plain);
    }

    /// <summary>A file that was made.</summary>
    /// <param name="name">Its name, which says what it is.</param>
    /// <param name="content">What is in it.</param>
    public static PageAsset Of(string name, byte[] content) => new(name, content);

    /// <summary>Answers with the file, or that it has not changed.</summary>
    /// <param name="context">The request.</param>
    public async Task WriteAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Headers.ETag = _tag;
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch == _tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = _contentType;
        bool isCompressed = AcceptsBrotli(context.Request.Headers.AcceptEncoding);
        ReadOnlyMemory<byte> body = isCompressed ? _compressed.Value : Plain;
        if (isCompressed)
        {
            response.Headers.ContentEncoding = "br";
        }

        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static bool AcceptsBrotli(StringValues encodings) => encodings.ToString().Split(',')
        .Any(static encoding => encoding.Trim().Equals("br", StringComparison.OrdinalIgnoreCase));

    private static byte[] Compress(byte[] plain)
    {
        using var buffer = new MemoryStream();
        using (var brotli = new BrotliStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            brotli.Write(plain);
        }

        return buffer.ToArray();
    }
}

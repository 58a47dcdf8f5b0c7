using System.Collections.Frozen;
using System.Net;
using System.Text;
using Aldis.Dashboard.Api;
using Aldis.Lab.Drawings;
using Aldis.Protocols.Integrity;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Hosting;

/// <summary>
/// The page and what belongs to it, out of this assembly and from nowhere else. There is one page: every address below the prefix is a view of
/// it. Bodies are compressed once (RFC 7932).
/// </summary>
internal sealed class PageAssets
{
    private const string Folder = "Pages/";

    /// <summary>How ladders look, wherever they are drawn.</summary>
    private const string PictureStyle = "picture.css";

    private static readonly FrozenDictionary<string, PageAsset> Assets = typeof(PageAssets).Assembly.GetManifestResourceNames()
        .Where(static name => name.StartsWith(Folder, StringComparison.Ordinal))
        .Select(static name => (Name: name[Folder.Length..].Replace('\\', '/'), Asset: PageAsset.Load(name)))
        .Append((PictureStyle, PageAsset.Of(PictureStyle, Encoding.UTF8.GetBytes(PageResource.PictureStyle()))))
        .ToFrozenDictionary(static one => one.Item1, static one => one.Item2, StringComparer.Ordinal);

    private static readonly (string Name, string File)[] Vendored =
    [
        ("preact", "preact.mjs"),
        ("preact/hooks", "hooks.mjs"),
        ("@preact/signals-core", "signals-core.mjs"),
        ("@preact/signals", "signals.mjs"),
        ("htm", "htm.mjs"),
        ("uplot", "uplot.mjs"),
    ];

    private readonly PageAsset _page;
    private readonly string _policy;

    /// <summary>Makes the page for the path it is below.</summary>
    /// <param name="root">The path, without a slash at its end; empty at the top.</param>
    public PageAssets(string root)
    {
        string importMap = $"{{\"imports\":{{{string.Join(',', Vendored.Select(module => $"\"{module.Name}\":\"{root}/assets/vendor/{module.File}\""))}}}}}";
        string html = Encoding.UTF8.GetString(Assets["index.html"].Plain.Span)
            .Replace("{{root}}", WebUtility.HtmlEncode(root), StringComparison.Ordinal)
            .Replace("{{imports}}", importMap, StringComparison.Ordinal);
        _page = PageAsset.Of("index.html", Encoding.UTF8.GetBytes(html));
        string hash = Convert.ToBase64String(Sha256.HashData(Encoding.UTF8.GetBytes(importMap)));
        _policy = $"default-src 'none'; script-src 'self' 'sha256-{hash}'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    /// <summary>Answers with a file that is no page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">The file.</param>
    public static Task WriteAsync(HttpContext context, string name) => Assets[name].WriteAsync(context);

    /// <summary>Answers with the page.</summary>
    /// <param name="context">The request.</param>
    public Task WritePageAsync(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = _policy;
        return _page.WriteAsync(context);
    }

    /// <summary>Answers with what belongs to the page.</summary>
    /// <param name="context">The request.</param>
    public static Task WriteAssetAsync(HttpContext context) =>
        context.Request.RouteValues["path"] is string path && Assets.TryGetValue(path, out PageAsset? asset)
            ? asset.WriteAsync(context)
            : ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "There is no such file.");
}

namespace Aldis.Dashboard.Access;

/// <summary>What a request says of who makes it; null is a header that is not there.</summary>
/// <param name="Host">The value of <c>Host</c>, with its port.</param>
/// <param name="Origin">The value of <c>Origin</c> (RFC 6454).</param>
/// <param name="FetchSite">The value of <c>Sec-Fetch-Site</c> (W3C Fetch Metadata Request Headers).</param>
/// <param name="Bearer">The token of <c>Authorization: Bearer</c> (RFC 6750 section 2.1).</param>
/// <param name="Session">The value of the session's cookie.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>, as the request came.</param>
internal readonly record struct Caller(string? Host, string? Origin, string? FetchSite, string? Bearer, string? Session, string Scheme)
{
    /// <summary>
    /// Whether the request comes from a page of this dashboard, as a browser says it: <c>Sec-Fetch-Site: same-origin</c>, or where it does
    /// not send that, an <c>Origin</c> equal to the host. A cookie counts only then: browsers send it with requests of every other page.
    /// </summary>
    public bool IsSameOrigin => FetchSite is not null
        ? FetchSite == "same-origin"
        : Host is not null && IsOwnOrigin;

    /// <summary>Whether another page makes the request, as far as the browser tells: then nothing is answered, whatever else it shows.</summary>
    public bool IsOtherOrigin => FetchSite is "cross-site" or "same-site" || (Origin is not null && !IsOwnOrigin);

    private bool IsOwnOrigin => Origin is not null
        && string.Equals(Origin, $"{Scheme}://{Host}", StringComparison.OrdinalIgnoreCase);
}

using Aldis.Protocols.Toxics;

namespace Aldis.Services.LinkApi;

/// <summary>A request to the API, without HTTP.</summary>
/// <param name="Operation">What it asks for.</param>
/// <param name="Proxy">The name of the proxy; empty where none is meant.</param>
/// <param name="Toxic">The name of the toxic; empty where none is meant.</param>
/// <param name="Body">Its body.</param>
internal sealed record LinkApiRequest(LinkApiOperation Operation, string Proxy = "", string Toxic = "", ReadOnlyMemory<byte> Body = default)
{
    /// <summary>Finds what a method and a path ask for.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path, decoded.</param>
    /// <returns>The request, without its body.</returns>
    /// <exception cref="ApiRefusalException">The API has no such path, or not with this method.</exception>
    public static LinkApiRequest Of(string method, string path)
    {
        LinkApiRequest?[] possible = path.Split('/') switch
        {
            ["", "version"] => [GetOnly(method, new(LinkApiOperation.Version))],
            ["", "reset"] => [PostOnly(method, new(LinkApiOperation.Reset))],
            ["", "populate"] => [PostOnly(method, new(LinkApiOperation.Populate))],
            ["", "proxies"] => [GetOnly(method, new(LinkApiOperation.ListProxies)), PostOnly(method, new(LinkApiOperation.CreateProxy))],
            ["", "proxies", { Length: > 0 } proxy] =>
            [
                GetOnly(method, new(LinkApiOperation.ShowProxy, proxy)),
                method is "POST" or "PATCH" ? new(LinkApiOperation.ChangeProxy, proxy) : null,
                method == "DELETE" ? new(LinkApiOperation.DeleteProxy, proxy) : null,
            ],
            ["", "proxies", { Length: > 0 } proxy, "toxics"] =>
                [GetOnly(method, new(LinkApiOperation.ListToxics, proxy)), PostOnly(method, new(LinkApiOperation.CreateToxic, proxy))],
            ["", "proxies", { Length: > 0 } proxy, "toxics", { Length: > 0 } toxic] =>
            [
                GetOnly(method, new(LinkApiOperation.ShowToxic, proxy, toxic)),
                method is "POST" or "PATCH" ? new(LinkApiOperation.ChangeToxic, proxy, toxic) : null,
                method == "DELETE" ? new(LinkApiOperation.DeleteToxic, proxy, toxic) : null,
            ],
            _ => throw new ApiRefusalException(404, "page not found", "The API has /version, /reset, /populate, /proxies, "
                + "/proxies/NAME, /proxies/NAME/toxics and /proxies/NAME/toxics/NAME."),
        };
        return Array.Find(possible, static request => request is not null)
            ?? throw new ApiRefusalException(405, "method not allowed", "GET shows, POST makes, PATCH (or POST) changes and DELETE deletes.");
    }

    private static LinkApiRequest? GetOnly(string method, LinkApiRequest request) => method == "GET" ? request : null;

    private static LinkApiRequest? PostOnly(string method, LinkApiRequest request) => method == "POST" ? request : null;
}

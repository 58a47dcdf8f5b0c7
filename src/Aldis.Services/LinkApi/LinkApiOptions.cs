using System.Net;
using Aldis.Protocols.Impairment;

namespace Aldis.Services.LinkApi;

/// <summary>Where the API of bad links listens and what it allows.</summary>
internal sealed record LinkApiOptions
{
    /// <summary>The port of toxiproxy.</summary>
    public const int DefaultPort = 8474;

    /// <summary>The most proxies.</summary>
    public const int MaxProxies = 256;

    /// <summary>Where it listens, on loopback; one place with port 0 lets it pick a port.</summary>
    public required IReadOnlyList<IPEndPoint> EndPoints { get; init; }

    /// <summary>Whether proxies may listen where other machines reach them.</summary>
    public bool AllowsAnyListen { get; init; }

    /// <summary>What every request must bear; null where none is asked for.</summary>
    public string? Token { get; init; }

    /// <summary>Decides the seed of each proxy that is given none, together with its name.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Is told that a client of a proxy could not be served: the proxy's name, where it leads, the client's number and why. Called on
    /// any thread.</summary>
    public Action<string, string, long, Exception>? Failed { get; init; }

    /// <summary>Makes who is told of the decisions of a proxy, by its name; null where nobody is.</summary>
    public Func<string, ILinkObserver>? Observe { get; init; }
}

using System.Text.Json;
using Aldis.Protocols.Randomness;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Toxics;

/// <summary>What a proxy is told to be.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Listen">Where clients find it, as it was written.</param>
/// <param name="Upstream">The target, as it was written.</param>
/// <param name="Enabled">Whether it listens.</param>
/// <param name="IsDatagrams">Whether it carries datagrams; otherwise streams.</param>
/// <param name="Seed">Decides its draws; null leaves that to the server.</param>
internal sealed record ProxySettings(string Name, string Listen, string Upstream, bool Enabled, bool IsDatagrams, ulong? Seed)
{
    private const int MaxAddressLength = 300;

    /// <summary>Reads a new proxy; it is enabled and carries streams where the body says nothing else.</summary>
    /// <param name="body">The body of the request, or an element of it.</param>
    /// <param name="place">Where it stands in the body, for refusals; empty for the whole body.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ApiRefusalException">They are none.</exception>
    public static ProxySettings ReadNew(JsonElement body, string place = "")
    {
        ApiBody.RequireObject(body, "a proxy");
        string name = ApiBody.Text(body, "name") is { Length: > 0 } named ? named : throw ApiRefusalException.Missing("name" + place);
        ApiBody.RequireName(name, "proxy");
        string upstream = Address(body, "upstream") is { Length: > 0 } given ? given : throw ApiRefusalException.Missing("upstream" + place);
        return new ProxySettings(
            name,
            Address(body, "listen") ?? string.Empty,
            upstream,
            ApiBody.Truth(body, "enabled") ?? true,
            ReadProtocol(body) ?? false,
            ApiBody.Seed(body, "seed"));
    }

    /// <summary>Reads a change: <c>listen</c>, <c>upstream</c> and <c>enabled</c>; what is not named stays.</summary>
    /// <param name="body">The body of the request.</param>
    /// <returns>What the proxy is to be.</returns>
    /// <exception cref="ApiRefusalException">It is no change.</exception>
    public ProxySettings ReadChange(JsonElement body)
    {
        ApiBody.RequireObject(body, "a proxy");
        if (ReadProtocol(body) is bool isDatagrams && isDatagrams != IsDatagrams)
        {
            throw ApiRefusalException.BadBody("protocol cannot change, delete the proxy and make one of the other protocol");
        }

        return this with
        {
            Listen = Address(body, "listen") ?? Listen,
            Upstream = Address(body, "upstream") is { Length: > 0 } upstream ? upstream : Upstream,
            Enabled = ApiBody.Truth(body, "enabled") ?? Enabled,
        };
    }

    /// <summary>Reads the proxies of <c>/populate</c>; all are looked at before the first is made.</summary>
    /// <param name="body">The body of the request.</param>
    /// <returns>The proxies.</returns>
    /// <exception cref="ApiRefusalException">One of them is none.</exception>
    public static IReadOnlyList<ProxySettings> ReadAll(JsonElement body) => body.ValueKind == JsonValueKind.Array
        ? [.. body.EnumerateArray().Select(static (element, index) => ReadNew(element, FormattableString.Invariant($" at proxy {index + 1}")))]
        : throw ApiRefusalException.BadBody("an array of proxies is expected");

    /// <summary>The seed: its own, or one that a server's seed and its name decide, so that the order in which proxies are made does not
    /// matter.</summary>
    /// <param name="serverSeed">The server's.</param>
    /// <returns>The seed; one that is not its own has 53 bits, which every reader of JSON holds exactly.</returns>
    public ulong SeedBeside(ulong serverSeed) => Seed ?? NamedSeed.Of(serverSeed, Name) >> 11;

    private static string? Address(JsonElement body, string name)
    {
        string? text = ApiBody.Text(body, name);
        return text is { Length: > MaxAddressLength }
            ? throw ApiRefusalException.BadBody($"{name} has {text.Length} characters, and may have {MaxAddressLength}")
            : text;
    }

    private static bool? ReadProtocol(JsonElement body) => ApiBody.Text(body, "protocol") switch
    {
        null => null,
        "tcp" => false,
        "udp" => true,
        string other => throw ApiRefusalException.BadBody($"protocol is tcp or udp, not '{PrintableText.Escape(other)}'"),
    };
}

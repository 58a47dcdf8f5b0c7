using System.Globalization;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Terminal;

/// <summary>
/// What a server serves and how it is stopped, as the one line that a person at a terminal reads in place of the readiness lines.
/// </summary>
internal static class ServingLine
{
    private const string Stop = "Ctrl-C stops.";

    /// <summary>The line.</summary>
    /// <param name="endpoints">What is bound.</param>
    /// <param name="columns">
    /// Columns of the terminal: where they are few, it leaves out the transports first, then the hosts, then the ports.
    /// </param>
    public static string Of(IReadOnlyList<BoundEndpoint> endpoints, int columns)
    {
        string hosts = Hosts(endpoints);
        string ports = List(endpoints, static places => string.Join(' ', Places(places)));
        string names = List(endpoints, static _ => string.Empty);
        string[] lines =
        [
            $"Serving {List(endpoints, static places => $"{string.Join(' ', Places(places))} ({Protocols(places)})")}{hosts}. {Stop}",
            $"Serving {ports}{hosts}. {Stop}",
            $"Serving {ports}. {Stop}",
            $"{ports}. {Stop}",
            $"{names}. {Stop}",
        ];
        return Array.Find(lines, line => line.Length <= columns) ?? lines[^1];
    }

    private static string List(IReadOnlyList<BoundEndpoint> endpoints, Func<IEnumerable<BoundEndpoint>, string> describe) => string.Join(
        ", ", endpoints.GroupBy(static endpoint => endpoint.Service).Select(places => $"{places.Key} {describe(places)}".TrimEnd()));

    private static IEnumerable<string> Places(IEnumerable<BoundEndpoint> places) => places.Select(static place =>
        IsUnix(place) ? place.Address : place.Port.ToString(CultureInfo.InvariantCulture)).Distinct();

    private static string Protocols(IEnumerable<BoundEndpoint> places) =>
        string.Join(' ', places.Select(static place => place.Protocol).Distinct());

    private static string Hosts(IReadOnlyList<BoundEndpoint> endpoints)
    {
        string[] hosts = [.. endpoints.Where(static endpoint => !IsUnix(endpoint)).Select(static endpoint => endpoint.Address).Distinct()];
        return hosts.Length == 0 ? string.Empty : " on " + string.Join(" and ", hosts);
    }

    private static bool IsUnix(BoundEndpoint endpoint) => endpoint.Port == 0;
}

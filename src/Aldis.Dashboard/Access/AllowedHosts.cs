using System.Net;

namespace Aldis.Dashboard.Access;

/// <summary>
/// The names under which the dashboard may be asked for. A page elsewhere can have its own name lead to this machine (DNS rebinding); the
/// name it then asks for is not among these.
/// </summary>
internal sealed class AllowedHosts
{
    private readonly HashSet<string> _names;
    private readonly bool _anyAddress;

    /// <summary>Allows the names of this machine's loopback and those that are given.</summary>
    /// <param name="names">Further names or addresses, without a port.</param>
    /// <param name="anyAddress">Whether an IP address is allowed whichever it is: of a dashboard that is served on all of them. An address
    /// in the place of a name cannot be rebound.</param>
    public AllowedHosts(IEnumerable<string> names, bool anyAddress)
    {
        _names = new HashSet<string>(names.Select(static name => name.Trim('[', ']')), StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "::1" };
        _anyAddress = anyAddress;
    }

    /// <summary>Whether a request may have this host.</summary>
    /// <param name="host">The value of <c>Host</c>, with or without a port; null where there is none.</param>
    public bool Contains(string? host)
    {
        if (string.IsNullOrEmpty(host))
        {
            return false;
        }

        string name = NameOf(host);
        return _names.Contains(name) || (_anyAddress && IPAddress.TryParse(name, out _));
    }

    private static string NameOf(string host)
    {
        if (host[0] == '[')
        {
            int end = host.IndexOf(']', StringComparison.Ordinal);
            return end > 0 ? host[1..end] : host;
        }

        int colon = host.LastIndexOf(':');
        return colon < 0 ? host : host[..colon];
    }
}

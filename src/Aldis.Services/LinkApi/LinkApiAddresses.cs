using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Text;
using Aldis.Protocols.Toxics;
using Aldis.Transports.Addresses;

namespace Aldis.Services.LinkApi;

/// <summary>Reads <c>listen</c> and <c>upstream</c> of proxies as toxiproxy writes them: <c>host:port</c>.</summary>
internal static class LinkApiAddresses
{
    /// <summary>Where a proxy listens.</summary>
    /// <param name="listen">Its <c>listen</c>; a host that is left out is loopback, or every address where that is allowed.</param>
    /// <param name="allowsAny">Whether other machines may reach it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What to bind.</returns>
    /// <exception cref="ApiRefusalException">It is no address of this machine, or other machines would reach it.</exception>
    public static async Task<IPEndPoint> ListenAsync(string listen, bool allowsAny, CancellationToken cancellationToken)
    {
        (string host, int port) = listen.Length == 0 ? (string.Empty, 0) : Read(listen, "listen");
        IPAddress address = host switch
        {
            "" => allowsAny ? IPAddress.IPv6Any : IPAddress.Loopback,
            "localhost" => IPAddress.Loopback,
            _ => await LookUpAsync(host, cancellationToken).ConfigureAwait(false),
        };
        return allowsAny || IPAddress.IsLoopback(address) ? new IPEndPoint(address, port) : throw new ApiRefusalException(
            403,
            "listen not allowed",
            $"'{PrintableText.Escape(listen)}' is reached by other machines: listen on 127.0.0.1, or start 'aldis link' with --api-any.");
    }

    /// <summary>The target of a proxy; it need not be there now.</summary>
    /// <param name="upstream">Its <c>upstream</c>.</param>
    /// <param name="isDatagrams">Whether datagrams are carried there.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ApiRefusalException">It is no address.</exception>
    public static EndpointAddress Upstream(string upstream, bool isDatagrams)
    {
        (string host, int port) = Read(upstream, "upstream");
        string place = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host.Length == 0 ? "127.0.0.1" : host;
        if (port == 0)
        {
            throw ApiRefusalException.BadBody("upstream names port 0, where nobody listens");
        }

        return EndpointAddress.TryParse(
            FormattableString.Invariant($"{SchemeOf(isDatagrams)}://{place}:{port}"), out EndpointAddress? address, out string? error)
            ? address
            : throw ApiRefusalException.BadBody("upstream is no address: " + error);
    }

    /// <summary>Whether what goes to one place comes to another: a place of this machine may be written in several ways.</summary>
    /// <param name="upstream">Where it goes.</param>
    /// <param name="listen">Where somebody listens.</param>
    /// <returns>False where it does not, or where that cannot be known without asking for a name.</returns>
    public static bool Reaches(string upstream, string listen) =>
        EndpointAddress.TryParse(upstream, out EndpointAddress? to, out _) && EndpointAddress.TryParse(listen, out EndpointAddress? at, out _)
        && to.Port == at.Port && to.Port != 0 && Plain(to.Host) == Plain(at.Host);

    /// <summary>The scheme of what a proxy carries.</summary>
    /// <param name="isDatagrams">Whether that is datagrams.</param>
    /// <returns>Its name.</returns>
    public static string SchemeOf(bool isDatagrams) => isDatagrams ? "udp" : "tcp";

    private static string Plain(string host) => host is "" or "localhost" or "0.0.0.0" or "::" or "::1" ? "127.0.0.1" : host;

    private static (string Host, int Port) Read(string text, string field) =>
        EndpointAddress.TryParse(text, out EndpointAddress? address, out _)
            && address is { HasScheme: false, Options.Count: 0, Port: int port }
            ? (address.Host, port)
            : throw ApiRefusalException.BadBody($"{field} is host:port, for example 127.0.0.1:9000, not '{PrintableText.Escape(text)}'");

    private static async Task<IPAddress> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            return literal;
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
            return found.MinBy(static address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1) ?? throw Unknown(host);
        }
        catch (SocketException)
        {
            throw Unknown(host);
        }
    }

    private static ApiRefusalException Unknown(string host) =>
        ApiRefusalException.BadBody($"the host '{PrintableText.Escape(host)}' of listen is not known");
}

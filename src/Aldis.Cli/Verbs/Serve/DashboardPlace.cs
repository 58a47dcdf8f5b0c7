using System.Net;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Aldis.Transports.Tls;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>Where a dashboard is to be shown, as <c>--dashboard</c> says it.</summary>
/// <param name="EndPoints">What is to be bound.</param>
/// <param name="Tls">Speaks TLS; null does not.</param>
/// <param name="Names">The names it may be asked for by, beside those of this machine's loopback.</param>
internal sealed record DashboardPlace(IReadOnlyList<IPEndPoint> EndPoints, ServerTls? Tls, IReadOnlyList<string> Names)
{
    /// <summary>Where it is shown unless it is said otherwise.</summary>
    public const string Default = "127.0.0.1:8080";

    /// <summary>What is said where none is to be shown.</summary>
    public const string Off = "off";

    private const int DefaultPort = 8080;

    /// <summary>Whether whoever sees it may change something.</summary>
    public bool AllowsControl { get; init; }

    /// <summary>Whether other machines can reach it.</summary>
    public bool IsOpenToOthers => EndPoints.Any(ListenAddresses.IsOpenToOthers);

    /// <summary>Reads the value of <c>--dashboard</c>.</summary>
    /// <param name="text">An address, or <see cref="Off"/>.</param>
    /// <param name="isInsecureAllowed">Whether it may be open to other machines without TLS.</param>
    /// <param name="tls">The TLS of an address that does not say it itself; none if left out.</param>
    /// <returns>Null for <see cref="Off"/>.</returns>
    /// <exception cref="UsageException">It is no address of HTTP, or one that would show everything to whoever listens.</exception>
    public static DashboardPlace? Parse(string text, bool isInsecureAllowed, TlsDefaults? tls = null)
    {
        if (text == Off)
        {
            return null;
        }

        DashboardPlace place = Resolve(text, tls);
        if (place.IsOpenToOthers && place.Tls is null && !isInsecureAllowed)
        {
            throw new UsageException(
                $"--dashboard {text} would be open to other machines without TLS, and whoever listens would read the token and all that is shown: "
                    + "name a certificate ('https://any:8443?cert=cert.pem&key=key.pem'), or say --dashboard-insecure where the network is yours.");
        }

        return place;
    }

    private static DashboardPlace Resolve(string text, TlsDefaults? defaults)
    {
        try
        {
            EndpointAddress address = EndpointAddress.Parse(WithTransport(text)).WithDefaults("127.0.0.1", DefaultPort);
            address = defaults?.CompleteForBrowsers(address) ?? address;
            if (address.Scheme is not (TransportScheme.Tcp or TransportScheme.Tls))
            {
                throw new UsageException($"--dashboard takes 'off' or an address such as 127.0.0.1:8080 or https://any:8443?cert=FILE&key=FILE, not '{text}'.");
            }

            ServerTls? tls = address.UsesTls ? ServerTls.Load(address) : null;
            return new DashboardPlace(
                [.. ListenAddresses.Resolve(address).Cast<IPEndPoint>()], tls, [address.Host, Dns.GetHostName()]);
        }
        catch (Exception exception) when (exception is FormatException or CommunicationException)
        {
            throw new UsageException($"--dashboard: {exception.Message}");
        }
    }

    /// <summary>HTTP over TCP and over TLS is what the transports call by their own names.</summary>
    private static string WithTransport(string text)
    {
        const string Http = "http://";
        const string Https = "https://";
        string plain = text.StartsWith(Http, StringComparison.OrdinalIgnoreCase) ? "tcp://" + text[Http.Length..]
            : text.StartsWith(Https, StringComparison.OrdinalIgnoreCase) ? "tls://" + text[Https.Length..]
            : text;
        return plain.EndsWith('/') ? plain[..^1] : plain;
    }
}

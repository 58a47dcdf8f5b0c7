using System.Net;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;

namespace Aldis.Cli.Verbs.Serve.Admin;

/// <summary>Where health and metrics are shown.</summary>
/// <param name="EndPoints">What is to be bound.</param>
internal sealed record AdminPlace(IReadOnlyList<IPEndPoint> EndPoints)
{
    private const int DefaultPort = 9464;

    /// <summary>Whether other machines can reach it.</summary>
    public bool IsOpenToOthers => EndPoints.Any(ListenAddresses.IsOpenToOthers);

    /// <summary>Reads the value of <c>--admin</c>.</summary>
    /// <param name="text">An address.</param>
    /// <exception cref="UsageException">It is none of HTTP.</exception>
    public static AdminPlace Parse(string text)
    {
        try
        {
            EndpointAddress address = EndpointAddress.Parse(text).WithDefaults("127.0.0.1", DefaultPort);
            return address.Scheme == TransportScheme.Tcp
                ? new AdminPlace([.. ListenAddresses.Resolve(address).Cast<IPEndPoint>()])
                : throw new UsageException($"--admin takes an address such as 127.0.0.1:{DefaultPort}, not '{text}'.");
        }
        catch (Exception exception) when (exception is FormatException or CommunicationException)
        {
            throw new UsageException($"--admin: {exception.Message}");
        }
    }
}

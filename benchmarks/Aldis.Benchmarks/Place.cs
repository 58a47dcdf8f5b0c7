using System.Globalization;
using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Transports.Arq;

namespace Aldis.Benchmarks;

/// <summary>Where to serve or to connect to, and over what.</summary>
internal sealed record Place(string Scheme, IPEndPoint Ip, ConnectionOptions Options)
{
    public EndPoint EndPoint => Scheme == "arq" ? new ArqEndPoint(Ip, Options) : Ip;

    public static Place Parse(string text)
    {
        var address = new Uri(text);
        ConnectionOptions options = ArqDefaults.Connection;
        foreach (string option in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            options = With(options, option.Split('='));
        }

        return new Place(address.Scheme, new IPEndPoint(IPAddress.Parse(address.DnsSafeHost), address.Port), options);
    }

    private static ConnectionOptions With(ConnectionOptions options, string[] option)
    {
        switch (option)
        {
            case ["profile", string name]:
                CongestionProfile profile = Enum.Parse<CongestionProfile>(name, ignoreCase: true);
                return options with { Congestion = profile, PeerCongestion = profile };
            case ["datagram", string bytes]:
                return options with { MaxDatagramSize = int.Parse(bytes, CultureInfo.InvariantCulture) };
            case ["window", string frames]:
                return options with { WindowFrames = int.Parse(frames, CultureInfo.InvariantCulture) };
            default:
                throw new FormatException($"There is no option {string.Join('=', option)}.");
        }
    }
}

using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;

namespace Aldis.Benchmarks;

/// <summary>Where to connect to: an address with a literal IP address and a port.</summary>
internal sealed class Place(EndpointAddress address)
{
    public TransportScheme Scheme => address.Scheme;

    public IPEndPoint Ip { get; } = new(IPAddress.Parse(address.Host), address.Port!.Value);

    public ConnectionOptions Options => ArqAddressOptions.ForClient(address);

    public ArqEndPoint Arq => new(Ip, Options);
}

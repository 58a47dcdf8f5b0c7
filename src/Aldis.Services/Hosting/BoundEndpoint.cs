using System.Globalization;
using System.Net;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Hosting;

/// <summary>A place where a server listens, as it was bound: port 0 has become a port.</summary>
/// <param name="Service">The conversation.</param>
/// <param name="Protocol">The transport: <c>tcp</c>, <c>tls</c>, <c>udp</c>, <c>arq</c>, <c>arq+tls</c>, <c>unix</c>,
/// <c>unix+seqpacket</c> or <c>unix+dgram</c>.</param>
/// <param name="EndPoint">The bound address.</param>
public sealed record BoundEndpoint(string Service, string Protocol, EndPoint EndPoint)
{
    /// <summary>The IP address, or the path of a Unix socket.</summary>
    public string Address => EndPoint is IPEndPoint ip ? ip.Address.ToString() : EndPoint.ToString()!;

    /// <summary>The port; 0 for a Unix socket.</summary>
    public int Port => EndPoint is IPEndPoint ip ? ip.Port : 0;

    /// <summary>An address that a client can use, for example <c>tcp://127.0.0.1:12345</c>.</summary>
    public string Uri => EndPoint is IPEndPoint ip ? EndpointAddress.Format(Protocol, ip) : $"{Protocol}:{Address}";

    /// <summary>The readiness line: <c>LISTEN service=… proto=… addr=… port=…</c> (a Unix socket has <c>path=…</c>).</summary>
    /// <returns>One line without its newline.</returns>
    public string ToReadinessLine() => EndPoint is IPEndPoint
        ? string.Create(CultureInfo.InvariantCulture, $"LISTEN service={Service} proto={Protocol} addr={Address} port={Port}")
        : $"LISTEN service={Service} proto={Protocol} path={Address}";
}

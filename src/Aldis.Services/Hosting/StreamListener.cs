using System.Net;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Aldis.Transports.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Aldis.Services.Hosting;

/// <summary>One place where a server accepts connections.</summary>
/// <param name="site">What is served.</param>
/// <param name="endPoint">The place.</param>
/// <param name="admission">Serves each connection.</param>
internal sealed class StreamListener(ListenSite site, EndPoint endPoint, Admission admission)
{
    private ListenOptions? _bound;

    /// <summary>Serves each connection.</summary>
    public Admission Admission => admission;

    /// <summary>Where it is bound, once it is.</summary>
    public BoundEndpoint Bound => new(
        site.Conversation.Name,
        EndpointAddress.SchemeName(site.Address.Scheme),
        ListenAddresses.NetworkEndPoint(_bound?.EndPoint ?? endPoint));

    /// <summary>Whether this is the place that was asked for so: by the same object, because port 0 may be asked for twice.</summary>
    public bool WasAskedFor(EndPoint place) => ReferenceEquals(place, endPoint);

    /// <summary>Whether this is the place that the transport calls so.</summary>
    public bool IsAt(EndPoint place) => _bound?.EndPoint.Equals(place) == true;

    /// <summary>Adds the place to Kestrel.</summary>
    public void AddTo(KestrelServerOptions kestrel) => kestrel.Listen(endPoint, listen =>
    {
        // No HTTP is spoken here: a TLS handshake must not offer its versions (ALPN, RFC 7301).
        listen.Protocols = HttpProtocols.None;
        listen.Use(next => admission.Admit(next, site.Address.UsesTls));
        if (site.Tls is not null)
        {
            listen.UseTls(site.Tls, HandshakeWatch.NoteCertificate);
        }

        listen.Run(admission.ServeAsync);
        _bound = listen;
    });
}

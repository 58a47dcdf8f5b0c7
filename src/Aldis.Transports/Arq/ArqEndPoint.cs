using System.Net;
using Aldis.Protocols.Arq;

namespace Aldis.Transports.Arq;

/// <summary>
/// A place that speaks the ARQ protocol: a UDP address, and how its connections shall work. It is no <see cref="IPEndPoint"/>, so
/// that no TCP transport takes it for one of its own.
/// </summary>
public sealed class ArqEndPoint : EndPoint
{
    /// <summary>Names a place whose connections work by default. <c>Dialer.ConnectArqAsync</c> and <c>ListenAddresses.Resolve</c> take
    /// the text of an address, which may have options.</summary>
    /// <param name="udp">The UDP address; port 0 lets a listener pick one.</param>
    /// <exception cref="ArgumentNullException">There is no address.</exception>
    public ArqEndPoint(IPEndPoint udp)
        : this(udp, null)
    {
    }

    /// <summary>Names a place.</summary>
    /// <param name="udp">The UDP address; port 0 lets a listener pick one.</param>
    /// <param name="options">To connect: what is asked for. To listen: what is granted at most, and how the listener sends to
    /// clients that do not ask for a profile. The defaults if null.</param>
    /// <exception cref="ArgumentNullException">There is no address.</exception>
    internal ArqEndPoint(IPEndPoint udp, ConnectionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(udp);
        Udp = udp;
        Options = options ?? ArqDefaults.Connection;
    }

    /// <summary>The UDP address.</summary>
    public IPEndPoint Udp { get; }

    /// <summary>How connections shall work.</summary>
    internal ConnectionOptions Options { get; }

    /// <inheritdoc/>
    public override System.Net.Sockets.AddressFamily AddressFamily => Udp.AddressFamily;

    /// <summary>Address and port.</summary>
    /// <returns>For example <c>127.0.0.1:9999</c>.</returns>
    public override string ToString() => Udp.ToString();
}

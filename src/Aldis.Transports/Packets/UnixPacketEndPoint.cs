using System.Net;
using System.Net.Sockets;

namespace Aldis.Transports.Packets;

/// <summary>
/// A Unix domain socket that carries packets: <see cref="SocketType.Seqpacket"/> or <see cref="SocketType.Dgram"/>. It is no
/// <see cref="UnixDomainSocketEndPoint"/>, so that no transport of streams takes it for one of its own.
/// </summary>
/// <param name="socket">Its path.</param>
/// <param name="type">What it carries.</param>
internal sealed class UnixPacketEndPoint(UnixDomainSocketEndPoint socket, SocketType type) : EndPoint
{
    /// <summary>Its path.</summary>
    public UnixDomainSocketEndPoint Socket { get; } = socket;

    /// <summary>What it carries.</summary>
    public SocketType Type { get; } = type;

    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <inheritdoc/>
    public override bool Equals(object? other) => other is UnixPacketEndPoint place && place.Type == Type && place.Socket.Equals(Socket);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Socket);

    /// <inheritdoc/>
    public override string ToString() => Socket.ToString();
}

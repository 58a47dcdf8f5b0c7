namespace Aldis.Transports.Addresses;

/// <summary>What carries the bytes of a conversation, as the scheme of an address names it.</summary>
public enum TransportScheme
{
    /// <summary><c>tcp://host:port</c>: a TCP connection (RFC 9293).</summary>
    Tcp,

    /// <summary><c>tls://host:port</c>: TLS (RFC 8446) over TCP; the peer's certificate is verified.</summary>
    Tls,

    /// <summary><c>udp://host:port</c>: single datagrams (RFC 768), without order or delivery.</summary>
    Udp,

    /// <summary><c>unix:/path</c> or <c>unix:@name</c>: a Unix domain socket on this machine.</summary>
    Unix,

    /// <summary><c>arq://host:port</c>: a reliable byte stream over UDP (docs/arq.md).</summary>
    Arq,

    /// <summary><c>arq+tls://host:port</c>: TLS over <see cref="Arq"/>; the peer's certificate is verified.</summary>
    ArqTls,

    /// <summary><c>unix+seqpacket:/path</c> or <c>unix+seqpacket:@name</c>: a Unix domain socket on this machine that is connected and
    /// keeps the boundaries of what is written.</summary>
    UnixSeqpacket,

    /// <summary><c>unix+dgram:/path</c> or <c>unix+dgram:@name</c>: a Unix domain socket on this machine for single datagrams.</summary>
    UnixDatagram,
}

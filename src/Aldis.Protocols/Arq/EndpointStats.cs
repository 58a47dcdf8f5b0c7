namespace Aldis.Protocols.Arq;

/// <summary>Counters of an endpoint since its start: above all what it dropped and why.</summary>
internal struct EndpointStats
{
    /// <summary>Packets parsed, valid or not.</summary>
    public long PacketsReceived { get; internal set; }

    /// <summary>Packets with an impossible length.</summary>
    public long Malformed { get; internal set; }

    /// <summary>Packets that failed their checksum.</summary>
    public long Corrupt { get; internal set; }

    /// <summary>Packets of another version of the protocol.</summary>
    public long UnknownVersion { get; internal set; }

    /// <summary>Valid packets of a type this version does not know.</summary>
    public long UnknownType { get; internal set; }

    /// <summary>Packets for a connection we do not have.</summary>
    public long UnknownConnection { get; internal set; }

    /// <summary>Packets for a connection of ours, from another address.</summary>
    public long ForeignAddress { get; internal set; }

    /// <summary>SYNs answered.</summary>
    public long SynAcksSent { get; internal set; }

    /// <summary>Stateless replies not sent because of their rate limit.</summary>
    public long RateLimited { get; internal set; }

    /// <summary>CONFIRMs with a cookie that is not ours or too old.</summary>
    public long BadCookies { get; internal set; }

    /// <summary>CONFIRMs not accepted for want of room.</summary>
    public long Overloaded { get; internal set; }

    /// <summary>Connections accepted.</summary>
    public long Accepted { get; internal set; }

    /// <summary>RESETs received that proved nothing.</summary>
    public long ForgedResets { get; internal set; }

    /// <summary>RESETs sent.</summary>
    public long ResetsSent { get; internal set; }

    /// <summary>Everything in one line: packets and connections, then whatever else is not 0.</summary>
    public override readonly string ToString()
    {
        (long Count, string What)[] others =
        [
            (Malformed, "malformed"),
            (Corrupt, "corrupt"),
            (UnknownVersion, "of another version"),
            (UnknownType, "of an unknown type"),
            (UnknownConnection, "for no connection of ours"),
            (ForeignAddress, "from an address that is not the connection's"),
            (BadCookies, "with a cookie that is not ours"),
            (Overloaded, "without room for a connection"),
            (ForgedResets, "RESETs that proved nothing"),
            (SynAcksSent, "SYNs answered"),
            (ResetsSent, "RESETs sent"),
            (RateLimited, "replies not sent for their rate"),
        ];
        IEnumerable<string> told = others.Where(static one => one.Count > 0).Select(static one => $"{one.Count} {one.What}");
        return string.Join(", ", [$"{PacketsReceived} packets", $"{Accepted} connections", .. told]);
    }
}

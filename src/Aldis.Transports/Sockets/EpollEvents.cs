namespace Aldis.Transports.Sockets;

/// <summary>What epoll reports about a descriptor, with the values of epoll_ctl(2).</summary>
[Flags]
internal enum EpollEvents : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>There is something to receive.</summary>
    Readable = 0x001,

    /// <summary>There is room to send.</summary>
    Writable = 0x004,

    /// <summary>The connection broke. Always reported.</summary>
    Error = 0x008,

    /// <summary>Both directions are over. Always reported.</summary>
    HangUp = 0x010,

    /// <summary>The peer will send nothing more.</summary>
    PeerFinished = 0x2000,

    /// <summary>Report changes instead of states.</summary>
    EdgeTriggered = 0x8000_0000,
}

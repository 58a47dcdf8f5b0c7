namespace Aldis.Lab.Peers;

/// <summary>What a datagram between the laboratory and a program is.</summary>
internal enum PeerMessageKind
{
    /// <summary>A receiver is there: <c>HELLO</c>.</summary>
    Hello,

    /// <summary>A frame: <c>DATA n</c>, and its bytes behind the line; without bytes it is the last.</summary>
    Data,

    /// <summary>An acknowledgement: <c>ACK n</c>, every frame before n arrived; in selective repeat <c>+m</c> for each ahead of a
    /// gap.</summary>
    Ack,

    /// <summary>A receiver handed a frame on, told for the judge: <c>DELIVER n</c>.</summary>
    Deliver,
}

namespace Aldis.Protocols.Datagrams;

/// <summary>One send for the driver: one datagram, or a batch of equal datagrams of which the last may be shorter.</summary>
/// <param name="Path">Where to.</param>
/// <param name="Length">Bytes of the buffer that are filled, at most 65,507.</param>
/// <param name="SegmentSize">Bytes of each datagram; less than <paramref name="Length"/> means a batch (UDP_SEGMENT).</param>
internal readonly record struct Transmit(PathKey Path, int Length, int SegmentSize);

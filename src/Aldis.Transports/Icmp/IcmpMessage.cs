using System.Net;

namespace Aldis.Transports.Icmp;

/// <summary>A message of ICMP that came.</summary>
/// <param name="Bytes">From its type on.</param>
/// <param name="From">Who sent it.</param>
/// <param name="TimeToLive">Hops that it still had; null where the system did not tell.</param>
/// <param name="ReceivedNs">When it came, by <see cref="Datagrams.MonotonicClock"/>.</param>
internal readonly record struct IcmpMessage(ReadOnlyMemory<byte> Bytes, IPAddress From, int? TimeToLive, long ReceivedNs);

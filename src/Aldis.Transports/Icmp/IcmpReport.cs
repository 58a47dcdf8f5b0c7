using System.Net;

namespace Aldis.Transports.Icmp;

/// <summary>What became of a message that was sent: an error of ICMP about it, or one of this system.</summary>
/// <param name="Quoted">The message it is about, from its type on, as far as it was quoted.</param>
/// <param name="From">Who says so; null where this system does.</param>
/// <param name="Type">The type of the error of ICMP.</param>
/// <param name="Code">Its code.</param>
/// <param name="Words">What this system calls it.</param>
internal readonly record struct IcmpReport(ReadOnlyMemory<byte> Quoted, IPAddress? From, byte Type, byte Code, string Words);

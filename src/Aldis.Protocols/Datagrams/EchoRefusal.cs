namespace Aldis.Protocols.Datagrams;

/// <summary>A datagram that the echo did not answer.</summary>
/// <param name="Path">Who sent it.</param>
/// <param name="Length">Payload bytes, of all datagrams of a batch.</param>
/// <param name="IsOwnPort">True if it claims to come from the echo's own port, false if from a port below 1024.</param>
internal readonly record struct EchoRefusal(PathKey Path, int Length, bool IsOwnPort);

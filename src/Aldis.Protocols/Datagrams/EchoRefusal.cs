namespace Aldis.Protocols.Datagrams;

/// <summary>Datagrams that the echo did not answer for one reason.</summary>
/// <param name="Cause">Why.</param>
/// <param name="Path">Who sent the last of them.</param>
/// <param name="Length">Payload bytes of the last of them; of all datagrams of its batch.</param>
/// <param name="Count">How many datagrams, at least 1.</param>
internal readonly record struct EchoRefusal(EchoRefusalCause Cause, PathKey Path, int Length, long Count);

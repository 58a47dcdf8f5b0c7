namespace Aldis.Journal.Embedded;

/// <summary>A message as the journal holds it.</summary>
/// <param name="Client">The client's id; empty for the plain form.</param>
/// <param name="Sequence">The client's number for it; 0 for the plain form.</param>
/// <param name="ReceivedAt">When it was received.</param>
/// <param name="From">The peer's address, as text. It came from this machine's own record of the connection, not from the peer.</param>
/// <param name="Payload">The exact payload; anything may be in it.</param>
public sealed record JournalMessage(string Client, long Sequence, DateTimeOffset ReceivedAt, string From, ReadOnlyMemory<byte> Payload);

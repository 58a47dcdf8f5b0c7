namespace Aldis.Protocols.Messages;

/// <summary>A message to send now.</summary>
/// <param name="Item">The item of the outbox that it carries.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="Length">Bytes of its payload.</param>
internal readonly record struct OutgoingMessage(long Item, long Sequence, int Length);

namespace Aldis.Services.Messages;

/// <summary>A message on its way into the outbox.</summary>
/// <param name="Payload">The message.</param>
/// <param name="Acknowledged">Who waits for its acknowledgement; null where nobody does.</param>
internal readonly record struct OutboxEntry(ReadOnlyMemory<byte> Payload, TaskCompletionSource? Acknowledged);

namespace Aldis.Postgres.Queueing;

/// <summary>A message that was accepted and is not committed.</summary>
/// <param name="Sequence">Its client's number for it; 0 in the plain form.</param>
/// <param name="Crc">The CRC-32C of the payload.</param>
/// <param name="Payload">A copy of its own.</param>
/// <param name="AcceptedAt">When that was, by the clock of the queue.</param>
internal readonly record struct PendingMessage(long Sequence, uint Crc, byte[] Payload, TimeSpan AcceptedAt);

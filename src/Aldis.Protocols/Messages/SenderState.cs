namespace Aldis.Protocols.Messages;

/// <summary>
/// What a client must remember across restarts to number its messages (docs/protocols/messages.md section 5.1). It is persisted before
/// any message taken under it is sent.
/// </summary>
/// <param name="AcknowledgedItem">Every item up to this one is acknowledged or refused for good; 0 at the beginning.</param>
/// <param name="Acknowledged">The highest number this client saw acknowledged; 0 at the beginning.</param>
/// <param name="Assigned">The highest number given to a message that may have been sent; at least <paramref name="Acknowledged"/>. The items
/// that follow <paramref name="AcknowledgedItem"/> have the numbers that follow <paramref name="Acknowledged"/>, up to this one.</param>
internal readonly record struct SenderState(long AcknowledgedItem, long Acknowledged, long Assigned);

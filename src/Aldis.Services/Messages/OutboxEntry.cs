namespace Aldis.Services.Messages;

/// <summary>A message on its way into the outbox.</summary>
/// <param name="Payload">The message.</param>
/// <param name="Acknowledged">Who waits for its acknowledgement; null where nobody does.</param>
/// <param name="Taken">Who waits until the outbox has it safe; null where nobody does.</param>
internal readonly record struct OutboxEntry(
    ReadOnlyMemory<byte> Payload, TaskCompletionSource? Acknowledged = null, TaskCompletionSource? Taken = null)
{
    /// <summary>Tells whoever waits that the outbox did not take it.</summary>
    /// <param name="reason">Why.</param>
    public void Fail(Exception reason)
    {
        Acknowledged?.TrySetException(reason);
        Taken?.TrySetException(reason);
    }
}

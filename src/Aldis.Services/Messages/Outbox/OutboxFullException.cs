namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// The lines noted since the last sync were not taken: there is no room for them, or the disk refused the write, and what was written of
/// them was cut off again. All that was taken before is safe, and the outbox goes on: it can be drained, and may take lines again.
/// </summary>
internal sealed class OutboxFullException : OutboxException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why, for the person who named the directory.</param>
    public OutboxFullException(string message)
        : base(message)
    {
    }
}

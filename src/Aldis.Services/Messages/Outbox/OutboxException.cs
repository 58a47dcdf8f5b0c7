namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// An outbox cannot be used, or not any more; the message says why and what to do. Where it was not opened, nothing in it was changed.
/// </summary>
public class OutboxException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why, for the person who named the directory.</param>
    public OutboxException(string message)
        : base(message)
    {
    }
}

namespace Aldis.Services.Messages.Outbox;

/// <summary>An outbox cannot be used; the message says why and what to do. Nothing in it was changed.</summary>
public sealed class OutboxException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why, for the person who named the directory.</param>
    public OutboxException(string message)
        : base(message)
    {
    }
}

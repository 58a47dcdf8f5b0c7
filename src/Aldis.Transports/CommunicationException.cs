namespace Aldis.Transports;

/// <summary>
/// A conversation failed. The message is one sentence for a person: what happened, to what, and what to do.
/// </summary>
/// <param name="failure">What kind of failure it is.</param>
/// <param name="message">The sentence.</param>
/// <param name="innerException">What the system reported, if it did.</param>
public sealed class CommunicationException(CommunicationFailure failure, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>What kind of failure it is.</summary>
    public CommunicationFailure Failure { get; } = failure;
}

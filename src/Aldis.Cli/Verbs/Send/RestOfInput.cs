using Aldis.Services.Messages.Outbox;

namespace Aldis.Cli.Verbs.Send;

/// <summary>What was read of the input and never became the client's: kept in the outbox where that is on disk, and counted.</summary>
/// <param name="taken">What is left out of it.</param>
/// <param name="outbox">The outbox; null to only count.</param>
/// <param name="failure">Why the outbox takes nothing more; null as long as it may.</param>
internal sealed class RestOfInput(TakenLines taken, IOutbox? outbox, OutboxException? failure)
{
    private const int BatchMessages = 1024;
    private const int BatchBytes = 1024 * 1024;

    private int _batchMessages;
    private int _batchBytes;

    /// <summary>Messages that are kept, or only counted.</summary>
    public long Kept { get; private set; }

    /// <summary>Messages that the outbox did not take.</summary>
    public long NotTaken { get; private set; }

    /// <summary>Why it did not; null as long as it did.</summary>
    public OutboxException? Failure { get; private set; } = failure;

    /// <summary>Whether to read more has no use.</summary>
    public bool IsOver => outbox is null || Failure is not null || taken.Fault is not null;

    /// <summary>Keeps a message, unless it is one to be left out; after <see cref="Sync"/> it is safe.</summary>
    /// <param name="message">The message.</param>
    public void Keep(ReadOnlyMemory<byte> message)
    {
        if (taken.Fault is not null || taken.TrySkip(message.Span))
        {
            return;
        }

        if (outbox is null)
        {
            Kept++;
        }
        else if (Failure is not null)
        {
            NotTaken++;
        }
        else
        {
            outbox.Add(message.Span);
            _batchMessages++;
            _batchBytes += message.Length;
            if (_batchMessages >= BatchMessages || _batchBytes >= BatchBytes)
            {
                Sync();
            }
        }
    }

    /// <summary>Makes safe what was kept.</summary>
    public void Sync()
    {
        if (outbox is null || _batchMessages == 0)
        {
            return;
        }

        try
        {
            outbox.Sync();
            Kept += _batchMessages;
        }
        catch (OutboxException exception)
        {
            Failure = exception;
            NotTaken += _batchMessages;
        }

        (_batchMessages, _batchBytes) = (0, 0);
    }
}

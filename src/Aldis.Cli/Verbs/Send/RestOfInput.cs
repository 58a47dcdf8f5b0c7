using Aldis.Services.Messages;
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

    private readonly OutboxIntake? _intake = outbox is null ? null : new OutboxIntake(outbox, static (_, _) => { });
    private readonly long _takenBefore = outbox?.Taken ?? 0;
    private long _counted;
    private long _tooLate;

    /// <summary>Messages that are kept, or only counted.</summary>
    public long Kept => outbox is null ? _counted : outbox.Taken - _takenBefore;

    /// <summary>Messages that the outbox did not take.</summary>
    public long NotTaken => _tooLate + (_intake?.NotTaken ?? 0);

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

        if (_intake is null)
        {
            _counted++;
        }
        else if (Failure is not null)
        {
            _tooLate++;
        }
        else
        {
            _intake.Hold(new OutboxEntry(message.ToArray()));
            if (_intake.Count >= BatchMessages || _intake.Bytes >= BatchBytes)
            {
                Sync();
            }
        }
    }

    /// <summary>Makes safe what was kept, as far as there is room for it.</summary>
    public void Sync()
    {
        if (_intake is null || _intake.Count == 0)
        {
            return;
        }

        try
        {
            _intake.Take();
            Failure = _intake.FullReason is string reason ? new OutboxFullException(reason) : null;
        }
        catch (OutboxException exception)
        {
            Failure = exception;
        }

        if (Failure is not null)
        {
            _intake.GiveUp(Failure);
        }
    }
}

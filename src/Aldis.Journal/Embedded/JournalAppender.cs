using System.Buffers;
using System.Text;
using Aldis.Journal.Signals;

namespace Aldis.Journal.Embedded;

/// <summary>
/// One connection's way into the journal: it appends messages in order and hears how far they are. One caller appends, one awaits
/// progress, one awaits space; these may be different. Nothing here allocates for a message.
/// </summary>
public sealed class JournalAppender : IDisposable
{
    private readonly MessageJournal _journal;
    private readonly AsyncSignal _progress;
    private readonly AsyncSignal _space;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acceptedCount;
    private long _committedCount;
    private long _committedSequence;
    private bool _isFailed;

    internal JournalAppender(MessageJournal journal, JournalClient? client, string peer, bool runContinuationsInline)
    {
        _journal = journal;
        Client = client;
        _committedSequence = client?.Committed ?? 0;
        AcceptedSequence = client?.Taken ?? 0;
        ClientBytes = Encoding.ASCII.GetBytes(client?.Id ?? "");
        PeerBytes = Encoding.UTF8.GetBytes(peer);
        _progress = new AsyncSignal(runContinuationsInline);
        _space = new AsyncSignal(runContinuationsInline: false);
    }

    /// <summary>The client it appends for; null for the plain form.</summary>
    public JournalClient? Client { get; }

    /// <summary>How far its messages are.</summary>
    public AppendProgress Progress
    {
        get
        {
            // Read in the opposite order of writing: the sequence number is never behind the count, nor the count ahead of what was accepted.
            bool failed = Volatile.Read(ref _isFailed);
            long committed = Volatile.Read(ref _committedCount);
            long sequence = Volatile.Read(ref _committedSequence);
            return new AppendProgress(Volatile.Read(ref _acceptedCount), committed, sequence, failed);
        }
    }

    internal byte[] ClientBytes { get; }

    internal byte[] PeerBytes { get; }

    /// <summary>Guarded by the gate: bytes of its records that are not settled.</summary>
    internal int QueuedBytes { get; set; }

    /// <summary>Guarded by the gate: bytes of its records in the batch that is being filled.</summary>
    internal int PendingBytes { get; set; }

    /// <summary>Guarded by the gate: highest sequence number accepted, of this appender or before it.</summary>
    internal long AcceptedSequence { get; set; }

    /// <summary>Guarded by the gate.</summary>
    internal bool IsClosed { get; set; }

    internal long AcceptedCount => Volatile.Read(ref _acceptedCount);

    /// <summary>Offers a message to the journal.</summary>
    /// <param name="sequence">The client's number for it, one more than <see cref="JournalClient.Taken"/>; 0 in the plain form.</param>
    /// <param name="payload">The message; copied before the call returns.</param>
    public AppendStatus TryAppend(long sequence, ReadOnlySpan<byte> payload) => _journal.Append(this, sequence, payload);

    /// <inheritdoc cref="TryAppend(long, ReadOnlySpan{byte})"/>
    public AppendStatus TryAppend(long sequence, in ReadOnlySequence<byte> payload)
    {
        if (payload.IsSingleSegment || payload.Length > _journal.MaxMessageBytes)
        {
            return payload.IsSingleSegment ? TryAppend(sequence, payload.FirstSpan) : AppendStatus.TooLarge;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)payload.Length);
        try
        {
            payload.CopyTo(rented);
            return TryAppend(sequence, rented.AsSpan(0, (int)payload.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Waits until there is <see cref="Progress"/> since the last call, the journal has failed, the appender was closed, or <see
    /// cref="Wake"/> was called.
    /// One waiter at a time.
    /// </summary>
    public ValueTask WaitForProgressAsync() => _progress.WaitAsync();

    /// <summary>
    /// Waits, after <see cref="AppendStatus.QueueFull"/>, until an append may succeed again, or the journal has failed. One waiter at a
    /// time.
    /// </summary>
    public ValueTask WaitForSpaceAsync() => _space.WaitAsync();

    /// <summary>Completes the wait for progress, so that the waiter looks at something else.</summary>
    public void Wake() => _progress.Signal();

    /// <summary>
    /// The client ended in order: everything it sent was acknowledged, it said BYE, and BYE was answered. So it is unsure of nothing, and
    /// where the CRCs of all clients together become too many, those of its messages but the last are the first to go (a program
    /// that keeps no state sends its last message once more). It counts until something is appended for the client again, or the journal
    /// is opened again; where another appender has appended for the client already it says nothing.
    /// </summary>
    public void HandleFarewell() => _journal.HandleFarewell(this);

    /// <summary>
    /// Takes no more messages; those accepted still commit or fail. The waiter for progress is woken. Whoever opens the next appender for
    /// the
    /// same client awaits the task first.
    /// </summary>
    /// <returns>Completes when nothing of this appender is under way any more.</returns>
    public Task CloseAsync()
    {
        _journal.CloseAppender(this);
        _progress.Signal();
        _space.Signal();
        return _settled.Task;
    }

    /// <summary>Takes no more messages; see <see cref="CloseAsync"/>.</summary>
    public void Dispose() => _ = CloseAsync();

    internal void Accept(long sequence)
    {
        AcceptedSequence = sequence;
        Volatile.Write(ref _acceptedCount, _acceptedCount + 1);
    }

    /// <summary>All up to a message has reached the level.</summary>
    internal void Commit(long count, long sequence)
    {
        Client?.Commit(sequence);
        Volatile.Write(ref _committedSequence, sequence);
        Volatile.Write(ref _committedCount, count);
        _progress.Signal();
    }

    internal void Fail()
    {
        Volatile.Write(ref _isFailed, true);
        _progress.Signal();
        _space.Signal();
        _ = _settled.TrySetResult();
    }

    internal void Settle() => _ = _settled.TrySetResult();

    internal void SignalSpace() => _space.Signal();
}

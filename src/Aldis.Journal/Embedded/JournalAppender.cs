using System.Buffers;
using System.Text;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Protocols.Measurement;

namespace Aldis.Journal.Embedded;

/// <summary>One connection's way into the journal. Nothing here allocates for a message.</summary>
internal sealed class JournalAppender : IMessageAppender, IAcknowledgementTimes
{
    private readonly JournalQueue _queue;
    private readonly bool _commitsInline;
    private readonly AsyncSignal _progress = new();
    private readonly AsyncSignal _space = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acceptedCount;
    private long _committedCount;
    private long _committedSequence;
    private int _outcome;
    private LatencyHistogram? _times;

    public JournalAppender(JournalQueue queue, JournalClient? client, long epoch, string peer, bool commitsInline)
    {
        _queue = queue;
        _commitsInline = commitsInline;
        Epoch = epoch;
        Client = client;
        _committedSequence = client?.Committed ?? 0;
        AcceptedSequence = client?.Taken ?? 0;
        ClientBytes = Encoding.ASCII.GetBytes(client?.Id ?? "");
        PeerBytes = Encoding.UTF8.GetBytes(peer);
    }

    /// <summary>The client it appends for; null for the plain form.</summary>
    public JournalClient? Client { get; }

    /// <inheritdoc/>
    public long Epoch { get; }

    /// <inheritdoc/>
    public AppendProgress Progress
    {
        get
        {
            // Read in the opposite order of writing: the sequence number is never behind the count, nor the count ahead of what was accepted.
            var outcome = (AppendOutcome)Volatile.Read(ref _outcome);
            long committed = Volatile.Read(ref _committedCount);
            long sequence = Volatile.Read(ref _committedSequence);
            return new AppendProgress(Volatile.Read(ref _acceptedCount), committed, sequence, outcome);
        }
    }

    public byte[] ClientBytes { get; }

    public byte[] PeerBytes { get; }

    /// <summary>Guarded by the gate: bytes of its records that are not settled.</summary>
    public int QueuedBytes { get; set; }

    /// <summary>Guarded by the gate: bytes of its records in the batch that is being filled.</summary>
    public int PendingBytes { get; set; }

    /// <summary>Guarded by the gate: when the first of those records was taken, as <see cref="UnixTime"/>.</summary>
    public long PendingSinceNs { get; set; }

    /// <summary>Guarded by the gate: highest sequence number accepted, of this appender or before it.</summary>
    public long AcceptedSequence { get; set; }

    /// <summary>Guarded by the gate: it takes nothing more.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Guarded by the gate: somebody else has opened its client since.</summary>
    public bool IsFenced { get; set; }

    /// <summary>Messages accepted.</summary>
    public long AcceptedCount => Volatile.Read(ref _acceptedCount);

    /// <summary>Completes when nothing of it is under way any more.</summary>
    public Task Settled => _settled.Task;

    /// <inheritdoc/>
    public AppendStatus TryAppend(long sequence, ReadOnlySpan<byte> payload) => _queue.Append(this, sequence, payload);

    /// <inheritdoc/>
    public AppendStatus TryAppend(long sequence, in ReadOnlySequence<byte> payload) =>
        WholePayload.TryAppend(this, sequence, payload, _queue.MaxMessageBytes);

    /// <summary>Takes a message that was received before, by another store.</summary>
    /// <inheritdoc cref="TryAppend(long, ReadOnlySpan{byte})"/>
    /// <param name="sequence">Its number; 0 in the plain form.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="receivedAt">When that was.</param>
    public AppendStatus TryAppend(long sequence, ReadOnlySpan<byte> payload, DateTimeOffset receivedAt) =>
        _queue.Append(this, sequence, payload, UnixTime.ToNanoseconds(receivedAt));

    /// <inheritdoc/>
    public bool TryGetCrc(long sequence, out uint crc)
    {
        crc = 0;
        return Client is not null && _queue.TryGetCrc(Client, sequence, out crc);
    }

    /// <inheritdoc/>
    public ValueTask WaitForProgressAsync() => _progress.WaitAsync();

    /// <inheritdoc/>
    public ValueTask WaitForSpaceAsync() => _space.WaitAsync();

    /// <inheritdoc/>
    public void Wake() => _progress.Signal();

    /// <inheritdoc/>
    public void HandleFarewell() => _queue.HandleFarewell(this);

    /// <inheritdoc/>
    public ValueTask<StoreOpening> RenewAsync(CancellationToken cancellationToken = default)
    {
        // A journal fails as a whole, and for good: there is nothing to open again in this process.
        StoreOpenStatus status = (AppendOutcome)Volatile.Read(ref _outcome) switch
        {
            AppendOutcome.Committed => throw new InvalidOperationException("The appender has not ended."),
            AppendOutcome.LeaseLost => StoreOpenStatus.LeaseLost,
            _ => StoreOpenStatus.Failed,
        };
        return ValueTask.FromResult(StoreOpening.Not(status));
    }

    /// <inheritdoc/>
    public Task CloseAsync()
    {
        _queue.CloseAppender(this);
        _progress.Signal();
        _space.Signal();
        return _settled.Task;
    }

    /// <summary>A message was put into the queue. Under the gate.</summary>
    public void Accept(long sequence)
    {
        AcceptedSequence = sequence;
        Volatile.Write(ref _acceptedCount, _acceptedCount + 1);
    }

    /// <summary>All up to a message has reached the level.</summary>
    /// <param name="count">How many that are.</param>
    /// <param name="sequence">The message's number.</param>
    /// <param name="isAlone">Whether the caller is the writer, which holds no lock and whom nobody waits for.</param>
    public void Commit(long count, long sequence, bool isAlone)
    {
        Client?.Commit(sequence);
        Volatile.Write(ref _committedSequence, sequence);
        Volatile.Write(ref _committedCount, count);
        _progress.Signal(runsInline: isAlone && _commitsInline);
    }

    /// <summary>The times of the oldest message of each commit, coarse: a connection that is looked at needs no more.</summary>
    LatencyHistogram? IAcknowledgementTimes.ReadTimes()
    {
        LatencyHistogram? times = Volatile.Read(ref _times);
        if (times is null)
        {
            return null;
        }

        lock (times)
        {
            return times.Copy();
        }
    }

    /// <summary>Notes how long the oldest message of a commit waited. By the writer alone.</summary>
    /// <param name="nanoseconds">From when it was taken.</param>
    public void NoteTime(long nanoseconds)
    {
        LatencyHistogram times = LazyInitializer.EnsureInitialized(
            ref _times, static () => new LatencyHistogram(LatencyHistogram.CoarseBits));
        lock (times)
        {
            times.Record(nanoseconds);
        }
    }

    /// <summary>It has ended: what is not committed never will be here.</summary>
    public void End(AppendOutcome outcome)
    {
        Volatile.Write(ref _outcome, (int)outcome);
        _progress.Signal();
        _space.Signal();
        _ = _settled.TrySetResult();
    }

    /// <summary>Nothing of it is under way any more.</summary>
    public void Settle() => _ = _settled.TrySetResult();

    /// <summary>There may be room in the queue.</summary>
    public void SignalSpace() => _space.Signal();
}

using System.Buffers;
using Aldis.Journal.Embedded;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;

namespace Aldis.Postgres.Queueing;

/// <summary>One connection's way into the store, under one epoch of its client's lease. What it knows is guarded by the queue's
/// gate.</summary>
internal sealed class StoreAppender : IMessageAppender
{
    private readonly StoreQueue _queue;
    private readonly Func<StoreAppender, CancellationToken, ValueTask<StoreOpening>> _renew;
    private readonly AsyncSignal _progress = new();
    private readonly AsyncSignal _space = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StoreAppender(
        StoreQueue queue,
        string? client,
        string peer,
        LeaseGrant? grant,
        Func<StoreAppender, CancellationToken, ValueTask<StoreOpening>> renew)
    {
        _queue = queue;
        _renew = renew;
        Client = client;
        Peer = peer;
        Epoch = grant?.Epoch ?? 0;
        Lease = grant?.Lease ?? Guid.Empty;
        CommittedSequence = grant?.Last ?? 0;
        AcceptedSequence = CommittedSequence;
        foreach ((int back, uint crc) in (grant?.Crcs ?? []).Index())
        {
            Crcs.Add(CommittedSequence - grant!.Crcs.Length + 1 + back, crc, queue.Options.Window, CommittedSequence);
        }
    }

    /// <summary>The client it appends for; null for the plain form.</summary>
    public string? Client { get; }

    /// <summary>The peer's address.</summary>
    public string Peer { get; }

    /// <inheritdoc/>
    public long Epoch { get; }

    /// <summary>The lease, whatever its epoch.</summary>
    public Guid Lease { get; }

    /// <summary>CRCs of the last messages.</summary>
    public CrcWindow Crcs { get; } = new();

    /// <summary>What waits for a batch.</summary>
    public Queue<PendingMessage> Waiting { get; } = new();

    /// <summary>Bytes of payload that wait or are under way.</summary>
    public int QueuedBytes { get; set; }

    /// <summary>Messages in the batch that is under way; 0 if there is none.</summary>
    public int UnderWay { get; set; }

    /// <summary>Whether it is in the line of those that have something to take.</summary>
    public bool IsReady { get; set; }

    /// <summary>A statement with others was refused: its messages go alone until one was taken.</summary>
    public bool IsAlone { get; set; }

    /// <summary>It takes nothing more.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Somebody else has opened its client since.</summary>
    public bool IsFenced { get; set; }

    /// <summary>Highest number accepted, of this appender or before it.</summary>
    public long AcceptedSequence { get; set; }

    /// <summary>Messages accepted.</summary>
    public long AcceptedCount { get; set; }

    /// <summary>Messages committed.</summary>
    public long CommittedCount { get; set; }

    /// <summary>H.</summary>
    public long CommittedSequence { get; set; }

    /// <summary>What becomes of what is not committed.</summary>
    public AppendOutcome Outcome { get; set; }

    /// <summary>Completes when nothing of it is under way any more.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Nothing of it waits or is under way.</summary>
    public bool IsEmpty => UnderWay == 0 && Waiting.Count == 0;

    /// <inheritdoc/>
    public AppendProgress Progress => _queue.ProgressOf(this);

    /// <inheritdoc/>
    public AppendStatus TryAppend(long sequence, ReadOnlySpan<byte> payload) => _queue.Append(this, sequence, payload);

    /// <inheritdoc/>
    public AppendStatus TryAppend(long sequence, in ReadOnlySequence<byte> payload) =>
        WholePayload.TryAppend(this, sequence, payload, _queue.Options.MaxMessageBytes);

    /// <inheritdoc/>
    public bool TryGetCrc(long sequence, out uint crc)
    {
        crc = 0;
        return Client is not null && _queue.TryGetCrc(this, sequence, out crc);
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
    public ValueTask<StoreOpening> RenewAsync(CancellationToken cancellationToken = default) => _renew(this, cancellationToken);

    /// <inheritdoc/>
    public Task CloseAsync()
    {
        _queue.Close(this);
        Notify(runsInline: false);
        return _settled.Task;
    }

    /// <summary>Lets the waiters look again. Outside of the gate.</summary>
    /// <param name="runsInline">Whether who waits for progress goes on inside the call.</param>
    public void Notify(bool runsInline)
    {
        _progress.Signal(runsInline);
        _space.Signal();
    }

    /// <summary>There may be room in the queue.</summary>
    public void SignalSpace() => _space.Signal();

    /// <summary>Nothing of it is under way any more.</summary>
    public void Settle() => _ = _settled.TrySetResult();
}

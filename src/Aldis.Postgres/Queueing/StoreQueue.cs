using System.Diagnostics;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Protocols.Integrity;

namespace Aldis.Postgres.Queueing;

/// <summary>
/// What waits for the database, whose it is, and what became of it: the rules of the store without the database. Statements are handed
/// out as batches and what came of them is told, so a test is the database, and the clock is its own. One gate guards it; it is the
/// innermost lock, and nobody's code runs under it.
/// </summary>
internal sealed class StoreQueue(StoreQueueOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoreAppender> _holders = new(StringComparer.Ordinal);
    private readonly HashSet<StoreAppender> _open = [];
    private readonly HashSet<StoreAppender> _awaitSpace = [];
    private readonly ReadyLine _ready = new(options);
    private readonly Stack<AsyncSignal> _idle = new();
    private long _queuedBytes;
    private bool _isClosing;

    /// <summary>The bounds.</summary>
    public StoreQueueOptions Options { get; } = options;

    /// <summary>Whether nothing is taken any more.</summary>
    public bool IsClosing => Volatile.Read(ref _isClosing);

    /// <summary>Whether nothing waits and nothing is under way.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _open.All(static appender => appender.IsEmpty);
            }
        }
    }

    /// <summary>Bytes of payload that wait or are under way, of all appenders.</summary>
    public long QueuedBytes => Volatile.Read(ref _queuedBytes);

    /// <summary>How far an appender is.</summary>
    public AppendProgress ProgressOf(StoreAppender appender)
    {
        lock (_gate)
        {
            return new AppendProgress(
                appender.AcceptedCount,
                appender.CommittedCount,
                appender.Client is null ? 0 : appender.CommittedSequence,
                appender.Outcome);
        }
    }

    /// <inheritdoc cref="StoreAppender.TryGetCrc"/>
    public bool TryGetCrc(StoreAppender appender, long sequence, out uint crc)
    {
        lock (_gate)
        {
            return appender.Crcs.TryGet(sequence, out crc);
        }
    }

    /// <summary>Whoever has a client here appends nothing more for it.</summary>
    /// <returns>Completes when what they had under way is settled.</returns>
    public Task Fence(string client)
    {
        StoreAppender? holder;
        lock (_gate)
        {
            if (_holders.TryGetValue(client, out holder))
            {
                holder.IsFenced = true;
                SettleWhereDone(holder);
            }
        }

        holder?.Notify(runsInline: false);
        return holder?.Settled ?? Task.CompletedTask;
    }

    /// <summary>Opens an appender on a lease that the database gave.</summary>
    /// <param name="client">The client; null for the plain form.</param>
    /// <param name="peer">The peer's address.</param>
    /// <param name="grant">The lease; null for the plain form.</param>
    /// <param name="renew">Opens the client again after the end.</param>
    public StoreOpening Open(
        string? client, string peer, LeaseGrant? grant, Func<StoreAppender, CancellationToken, ValueTask<StoreOpening>> renew)
    {
        StoreAppender? older = null;
        var appender = new StoreAppender(this, client, peer, grant, renew);
        lock (_gate)
        {
            if (_isClosing)
            {
                return StoreOpening.Not(StoreOpenStatus.Failed);
            }

            if (client is not null && _holders.TryGetValue(client, out older))
            {
                if (older.Epoch > appender.Epoch)
                {
                    return StoreOpening.Not(StoreOpenStatus.LeaseLost);
                }

                older.IsFenced = true;
                SettleWhereDone(older);
            }

            if (client is not null)
            {
                _holders[client] = appender;
            }

            _ = _open.Add(appender);
        }

        older?.Notify(runsInline: false);
        return StoreOpening.Of(appender);
    }

    /// <summary>Takes a message, or says why not.</summary>
    public AppendStatus Append(StoreAppender appender, long sequence, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > Options.MaxMessageBytes)
        {
            return AppendStatus.TooLarge;
        }

        uint crc = Crc32C.Compute(payload);
        byte[] copy = payload.ToArray();
        TimeSpan now = time.GetElapsedTime(0);
        AsyncSignal? lane = null;
        lock (_gate)
        {
            AppendStatus status = Judge(appender, sequence, payload.Length);
            if (status != AppendStatus.Accepted)
            {
                return status;
            }

            appender.Waiting.Enqueue(new PendingMessage(sequence, crc, copy, now));
            if (appender.Client is not null)
            {
                appender.Crcs.Add(sequence, crc, Options.Window, appender.CommittedSequence);
                appender.AcceptedSequence = sequence;
            }

            appender.AcceptedCount++;
            appender.QueuedBytes += copy.Length;
            _queuedBytes += copy.Length;
            if (_ready.Add(appender))
            {
                _ = _idle.TryPop(out lane);
            }
        }

        lane?.Signal();
        return AppendStatus.Accepted;
    }

    /// <summary>Waits until there may be something to take. Each lane has a signal of its own.</summary>
    public ValueTask WaitForWorkAsync(AsyncSignal lane)
    {
        lock (_gate)
        {
            if (_ready.HasAny || _isClosing)
            {
                return ValueTask.CompletedTask;
            }

            _idle.Push(lane);
        }

        return lane.WaitAsync();
    }

    /// <summary>Takes what one statement stores of what waits.</summary>
    /// <returns>Null where nothing waits.</returns>
    public AppendBatch? TryTake()
    {
        lock (_gate)
        {
            return _ready.TryTake();
        }
    }

    /// <summary>The statement is committed as its level says.</summary>
    /// <param name="batch">What it was to store.</param>
    /// <param name="taken">Which appenders' messages it stored, by their place in the batch. A client that it did not take belongs to
    /// somebody else by now.</param>
    public void HandleCommitted(AppendBatch batch, IReadOnlyList<bool> taken)
    {
        lock (_gate)
        {
            for (int i = 0; i < batch.Shares.Count; i++)
            {
                BatchShare share = batch.Shares[i];
                StoreAppender appender = share.Appender;
                Release(share);
                if (!taken[i])
                {
                    End(appender, AppendOutcome.LeaseLost);
                    continue;
                }

                appender.IsAlone = false;
                appender.CommittedCount += share.Count;
                appender.CommittedSequence = share.First + share.Count - 1;
                if (appender.Waiting.Count > 0)
                {
                    _ = _ready.Add(appender);
                }

                SettleWhereDone(appender);
            }
        }

        NotifyAll(batch.Appenders, runsInline: true);
    }

    /// <summary>The statement stored nothing, for sure. What it held of several appenders is tried again one by one, so that what is
    /// wrong with one is no other's; what was alone is not stored.</summary>
    public void HandleNotStored(AppendBatch batch)
    {
        lock (_gate)
        {
            int next = 0;
            bool again = batch.Shares.Count > 1;
            foreach (BatchShare share in batch.Shares)
            {
                if (again)
                {
                    PutBack(share, batch, next);
                }
                else
                {
                    Release(share);
                    End(share.Appender, AppendOutcome.NotStored);
                }

                next += share.Count;
            }
        }

        NotifyAll(batch.Appenders, runsInline: true);
    }

    /// <summary>Nobody knows whether the statement stored anything: it was cancelled, timed out, warned of, or its connection
    /// broke.</summary>
    public void HandleUnknown(AppendBatch batch)
    {
        lock (_gate)
        {
            foreach (BatchShare share in batch.Shares)
            {
                Release(share);
                End(share.Appender, AppendOutcome.Unknown);
            }
        }

        NotifyAll(batch.Appenders, runsInline: true);
    }

    /// <summary>What has waited for a statement for too long is not stored: the client hears <c>busy</c> before its own patience is
    /// over.</summary>
    public void Expire()
    {
        TimeSpan now = time.GetElapsedTime(0);
        List<StoreAppender> expired = [];
        lock (_gate)
        {
            foreach (StoreAppender appender in _open)
            {
                if (appender.UnderWay == 0 && appender.Waiting.TryPeek(out PendingMessage oldest)
                    && now - oldest.AcceptedAt >= Options.Patience)
                {
                    expired.Add(appender);
                }
            }

            foreach (StoreAppender appender in expired)
            {
                End(appender, AppendOutcome.NotStored);
            }
        }

        NotifyAll(expired, runsInline: false);
    }

    /// <summary>Clients whose leases are to be looked after: those of which nothing is under way, whose own statement would tell.</summary>
    public string[] IdleClients()
    {
        lock (_gate)
        {
            return [.. _holders.Values.Where(static appender => appender.IsEmpty).Select(static appender => appender.Client!)];
        }
    }

    /// <summary>The database says that a client's epoch is a higher one: somebody else writes as it.</summary>
    public void HandleEpoch(string client, long epoch)
    {
        StoreAppender? holder;
        lock (_gate)
        {
            if (!_holders.TryGetValue(client, out holder) || holder.Epoch >= epoch || !holder.IsEmpty)
            {
                return;
            }

            End(holder, AppendOutcome.LeaseLost);
        }

        holder.Notify(runsInline: false);
    }

    /// <summary>The client ended in order: it is unsure of nothing.</summary>
    public void HandleFarewell(StoreAppender appender)
    {
        lock (_gate)
        {
            if (appender.IsEmpty)
            {
                appender.Crcs.KeepLast();
            }
        }
    }

    /// <summary>The appender takes no more; it settles when nothing of it is under way.</summary>
    public void Close(StoreAppender appender)
    {
        lock (_gate)
        {
            appender.IsClosed = true;
            SettleWhereDone(appender);
        }
    }

    /// <summary>Takes no more messages of anyone; lanes go on until nothing waits.</summary>
    public void BeginClosing()
    {
        List<AsyncSignal> lanes;
        lock (_gate)
        {
            Volatile.Write(ref _isClosing, true);
            lanes = [.. _idle];
            _idle.Clear();
        }

        foreach (AsyncSignal lane in lanes)
        {
            lane.Signal();
        }
    }

    /// <summary>The end: what still waits is not stored.</summary>
    public void Stop()
    {
        StoreAppender[] open;
        lock (_gate)
        {
            open = [.. _open];
            foreach (StoreAppender appender in open)
            {
                End(appender, appender.UnderWay > 0 ? AppendOutcome.Unknown : AppendOutcome.NotStored);
            }
        }

        NotifyAll(open, runsInline: false);
    }

    private AppendStatus Judge(StoreAppender appender, long sequence, int length)
    {
        if (_isClosing || appender.IsFenced || appender.Outcome != AppendOutcome.Committed)
        {
            return AppendStatus.Ended;
        }

        if (appender.IsClosed)
        {
            return AppendStatus.Closed;
        }

        if (sequence != (appender.Client is null ? 0 : appender.AcceptedSequence + 1))
        {
            return AppendStatus.OutOfSequence;
        }

        // One message is admitted to an empty queue whatever its length, or nothing would ever move.
        if ((appender.QueuedBytes > 0 && appender.QueuedBytes + length > Options.MaxQueuedBytesPerAppender)
            || (_queuedBytes > 0 && _queuedBytes + length > Options.MaxQueuedBytes))
        {
            _ = _awaitSpace.Add(appender);
            return AppendStatus.QueueFull;
        }

        return AppendStatus.Accepted;
    }

    private void PutBack(in BatchShare share, AppendBatch batch, int next)
    {
        StoreAppender appender = share.Appender;
        PendingMessage[] behind = [.. appender.Waiting];
        appender.Waiting.Clear();
        foreach (PendingMessage message in (IEnumerable<PendingMessage>)[.. batch.Messages.Skip(next).Take(share.Count), .. behind])
        {
            appender.Waiting.Enqueue(message);
        }

        appender.UnderWay = 0;
        appender.IsAlone = true;
        _ = _ready.Add(appender);
    }

    private void Release(in BatchShare share)
    {
        share.Appender.UnderWay = 0;
        share.Appender.QueuedBytes -= share.Bytes;
        _queuedBytes -= share.Bytes;
    }

    /// <summary>The appender ends, unless it has; what waits of it has the same outcome.</summary>
    private void End(StoreAppender appender, AppendOutcome outcome)
    {
        if (appender.UnderWay == 0)
        {
            _queuedBytes -= appender.QueuedBytes;
            appender.QueuedBytes = 0;
        }

        appender.Waiting.Clear();
        appender.Outcome = appender.Outcome == AppendOutcome.Committed ? outcome : appender.Outcome;
        SettleWhereDone(appender);
    }

    private void SettleWhereDone(StoreAppender appender)
    {
        if (!appender.IsEmpty)
        {
            return;
        }

        if (appender.IsFenced && appender.Outcome == AppendOutcome.Committed)
        {
            appender.Outcome = AppendOutcome.LeaseLost;
        }

        if (appender.IsFenced || appender.IsClosed || appender.Outcome != AppendOutcome.Committed)
        {
            appender.Settle();
            _ = _open.Remove(appender);
            if (appender.Client is { } client && _holders.TryGetValue(client, out StoreAppender? holder) && holder == appender)
            {
                _ = _holders.Remove(client);
            }
        }
    }

    /// <summary>Tells those for whom something changed, and who waits for room.</summary>
    /// <param name="appenders">For whom.</param>
    /// <param name="runsInline">Whether a waiter may go on inside: the caller is a lane, which holds no lock.</param>
    private void NotifyAll(IEnumerable<StoreAppender> appenders, bool runsInline)
    {
        Debug.Assert(!_gate.IsHeldByCurrentThread, "Something that was awaited goes on under the gate of the queue.");
        foreach (StoreAppender appender in appenders)
        {
            appender.Notify(runsInline);
        }

        SignalSpace();
    }

    private void SignalSpace()
    {
        StoreAppender[] waiters;
        AsyncSignal? lane = null;
        lock (_gate)
        {
            waiters = [.. _awaitSpace];
            _awaitSpace.Clear();
            if (_ready.HasAny)
            {
                _ = _idle.TryPop(out lane);
            }
        }

        foreach (StoreAppender waiter in waiters)
        {
            waiter.SignalSpace();
        }

        lane?.Signal();
    }
}

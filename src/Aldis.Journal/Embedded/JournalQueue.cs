using System.Diagnostics;
using Aldis.Journal.Stores;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;

namespace Aldis.Journal.Embedded;

/// <summary>
/// What waits to be written, and whose it is: admits messages, hands all that waits to the writer, and gives back what is done. One gate
/// guards it, the clients and the appenders; it is held for the copy of one record, or for the exchange of two batches. It is the innermost
/// lock: callers come to it with locks of their own (a server's seat of a client), so no code of theirs runs under it.
/// </summary>
internal sealed class JournalQueue(JournalOptions options, ClientTable clients)
{
    private readonly object _gate = new();
    private readonly HashSet<JournalAppender> _open = [];
    private readonly HashSet<JournalAppender> _awaitSpace = [];
    private readonly List<JournalAppender> _wakeSpace = [];
    private readonly int _maxClients = Math.Min(options.MaxClients, MarkCodec.MaxClients(Math.Max(options.Window, clients.MostCrcs)));
    private CommitBatch _pending = new();
    private CommitBatch _writing = new();
    private long _queuedBytes;
    private long _epoch;
    private TaskCompletionSource? _forgetting;
    private int _markedClients = clients.Count;
    private bool _isDiskFull;
    private bool _isSpaceWanted;
    private bool _isWriterIdle;
    private bool _isClosing;

    /// <summary>Whether free space is below the floor. Set by the writer.</summary>
    public bool IsDiskFull
    {
        get => Volatile.Read(ref _isDiskFull);
        set => Volatile.Write(ref _isDiskFull, value);
    }

    /// <summary>Bytes of records that wait to be written, or are being written. By any thread.</summary>
    public long QueuedBytes => Volatile.Read(ref _queuedBytes);

    /// <summary>Longest payload taken, in bytes.</summary>
    public int MaxMessageBytes => options.MaxMessageBytes;

    /// <inheritdoc cref="MessageJournal.FindClient"/>
    public JournalClient? FindClient(string clientId)
    {
        lock (_gate)
        {
            return clients.Find(clientId);
        }
    }

    /// <inheritdoc cref="MessageJournal.TryGetCrc"/>
    public bool TryGetCrc(JournalClient client, long sequence, out uint crc)
    {
        lock (_gate)
        {
            return client.Crcs.TryGet(sequence, out crc);
        }
    }

    /// <summary>Opens an appender, and takes the client's lease.</summary>
    /// <param name="clientId">Id of the client; null for the plain form.</param>
    /// <param name="peer">The peer's address.</param>
    /// <param name="opening">The opening, where nothing has to be waited for.</param>
    /// <param name="settling">What has to be waited for: that of the one who had the lease.</param>
    /// <returns>False where something has to be waited for.</returns>
    public bool TryOpen(string? clientId, string peer, out StoreOpening opening, out Task settling)
    {
        lock (_gate)
        {
            opening = StoreOpening.Not(StoreOpenStatus.Failed);
            settling = Task.CompletedTask;
            if (_isClosing)
            {
                return true;
            }

            JournalClient? known = clientId is null ? null : clients.Find(clientId);
            if (known?.Forgetting is { } forgetting)
            {
                settling = forgetting;
                return false;
            }

            if (known?.Holder is { } holder)
            {
                settling = Fence(holder);
                if (!settling.IsCompleted)
                {
                    return false;
                }
            }

            JournalClient? client = clientId is null ? null : clients.GetOrAdd(clientId);
            var appender = new JournalAppender(this, client, client is null ? 0 : ++_epoch, peer, options.RunContinuationsInline);
            if (client is not null)
            {
                client.Holder = appender;
            }

            _ = _open.Add(appender);
            opening = StoreOpening.Of(appender);
            return true;
        }
    }

    /// <summary>Takes a message, or says why not.</summary>
    /// <param name="appender">Whose it is.</param>
    /// <param name="sequence">Its number; 0 in the plain form.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="receivedNs">When it was received, as <see cref="UnixTime"/>; null for now.</param>
    public AppendStatus Append(JournalAppender appender, long sequence, ReadOnlySpan<byte> payload, long? receivedNs = null)
    {
        if (payload.Length > options.MaxMessageBytes)
        {
            return AppendStatus.TooLarge;
        }

        uint crc = Crc32C.Compute(payload);
        long now = UnixTime.Now(options.TimeProvider);
        int length = RecordCodec.FixedLength + appender.ClientBytes.Length + appender.PeerBytes.Length + payload.Length;
        lock (_gate)
        {
            AppendStatus status = Judge(appender, sequence, length);
            if (status != AppendStatus.Accepted)
            {
                return status;
            }

            _pending.NoteTime(appender, options.TimeProvider, now);
            Span<byte> record = _pending.Add(length, appender);
            int offset = RecordCodec.WriteHead(
                record, RecordType.Message, sequence, receivedNs ?? now, appender.ClientBytes, appender.PeerBytes, crc);
            payload.CopyTo(record[offset..]);
            if (appender.Client is { } client)
            {
                _markedClients += client.Taken == 0 ? 1 : 0;
                client.Take(sequence, crc, options.Window);
            }

            appender.Accept(sequence);
            appender.QueuedBytes += length;
            _queuedBytes += length;
            WakeWriter();
        }

        if (options.Level == AcknowledgementLevel.Received)
        {
            appender.Commit(appender.AcceptedCount, sequence, isAlone: false);
        }

        return AppendStatus.Accepted;
    }

    /// <summary>The appender takes no more; it settles when nothing of it is under way.</summary>
    public void CloseAppender(JournalAppender appender)
    {
        lock (_gate)
        {
            if (appender.IsClosed)
            {
                return;
            }

            appender.IsClosed = true;
            if (appender.QueuedBytes == 0)
            {
                Forget(appender);
            }
        }
    }

    /// <inheritdoc cref="JournalAppender.HandleFarewell"/>
    public void HandleFarewell(JournalAppender appender)
    {
        lock (_gate)
        {
            if (appender.Client is { } client && client.Taken == appender.AcceptedSequence)
            {
                client.HasEnded = true;
            }
        }
    }

    /// <summary>Takes no more messages of anyone.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Sleeps until something waits, the queue is closed, somebody asks for space, or a time has passed.</summary>
    public void WaitForWork(TimeSpan timeout)
    {
        lock (_gate)
        {
            if (_pending.Records == 0 && !_isClosing && !_isSpaceWanted)
            {
                _isWriterIdle = true;
                _ = Monitor.Wait(_gate, timeout);
                _isWriterIdle = false;
            }
        }
    }

    /// <summary>All that waits; what comes from now on goes into the other batch.</summary>
    /// <param name="isClosing">Whether the queue was closed before: nothing comes after this batch.</param>
    public CommitBatch Take(out bool isClosing)
    {
        lock (_gate)
        {
            (_pending, _writing) = (_writing, _pending);
            _writing.Divide();
            _isSpaceWanted = false;
            isClosing = _isClosing;
            return _writing;
        }
    }

    /// <summary>Does something with all clients while nobody else uses them.</summary>
    public T WithClients<T>(Func<ClientTable, T> action)
    {
        lock (_gate)
        {
            return action(clients);
        }
    }

    /// <summary>
    /// A commit is told, and whoever waits for it goes on inside the call: never under the gate, where it would find a batch half divided.
    /// </summary>
    [Conditional("DEBUG")]
    public void AssertOutside() => Debug.Assert(!Monitor.IsEntered(_gate), "Something that was awaited goes on under the journal's gate.");

    /// <summary>Chooses clients to be forgotten: nobody opens them until <see cref="EndForgetting"/>.</summary>
    /// <param name="choose">Chooses among all clients; those that <see cref="JournalClient.IsAtRest"/>.</param>
    public List<JournalClient> BeginForgetting(Func<ClientTable, List<JournalClient>> choose)
    {
        lock (_gate)
        {
            List<JournalClient> chosen = choose(clients);
            if (chosen.Count > 0)
            {
                _forgetting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                foreach (JournalClient client in chosen)
                {
                    client.Forgetting = _forgetting.Task;
                }
            }

            return chosen;
        }
    }

    /// <summary>It is durable that the clients are forgotten.</summary>
    public void EndForgetting(List<JournalClient> forgotten)
    {
        lock (_gate)
        {
            foreach (JournalClient client in forgotten)
            {
                clients.Remove(client);
            }

            _markedClients -= forgotten.Count;
            _forgetting?.TrySetResult();
            _forgetting = null;
        }
    }

    /// <summary>The batch that was taken is done with; its bytes are free again.</summary>
    public void Release()
    {
        lock (_gate)
        {
            foreach (CommitBatch.Share share in _writing.Shares)
            {
                share.Appender.QueuedBytes -= share.Bytes;
                if (share.Appender.IsClosed && share.Appender.QueuedBytes == 0)
                {
                    Forget(share.Appender);
                }
            }

            _queuedBytes -= _writing.Length;
            _writing.Clear();
            _wakeSpace.AddRange(_awaitSpace);
            _awaitSpace.Clear();
        }

        foreach (JournalAppender appender in _wakeSpace)
        {
            appender.SignalSpace();
        }

        _wakeSpace.Clear();
    }

    /// <summary>The end, in order or by a failure: whatever is not committed never will be.</summary>
    public void Stop()
    {
        JournalAppender[] appenders;
        lock (_gate)
        {
            _isClosing = true;
            appenders = [.. _open];
            _open.Clear();
            _awaitSpace.Clear();
            _forgetting?.TrySetResult();
            _forgetting = null;
        }

        foreach (JournalAppender appender in appenders)
        {
            appender.End(AppendOutcome.Unknown);
        }
    }

    private AppendStatus Judge(JournalAppender appender, long sequence, int length)
    {
        if (_isClosing || appender.IsFenced)
        {
            return AppendStatus.Ended;
        }

        if (appender.IsClosed)
        {
            return AppendStatus.Closed;
        }

        if (appender.Client is null ? sequence != 0 : sequence != appender.Client.Taken + 1)
        {
            return AppendStatus.OutOfSequence;
        }

        if (appender.Client?.Taken == 0 && _markedClients >= _maxClients)
        {
            return AppendStatus.TooManyClients;
        }

        if (_isDiskFull)
        {
            // Only a writer that runs notices that there is space again.
            _isSpaceWanted = true;
            WakeWriter();
            return AppendStatus.DiskFull;
        }

        // One record is admitted to an empty queue whatever its length, or nothing would ever move.
        if ((appender.QueuedBytes > 0 && appender.QueuedBytes + length > options.MaxQueuedBytesPerAppender)
            || (_queuedBytes > 0 && _queuedBytes + length > options.MaxQueuedBytes))
        {
            _ = _awaitSpace.Add(appender);
            return AppendStatus.QueueFull;
        }

        return AppendStatus.Accepted;
    }

    /// <summary>Takes a client's lease from whoever has it: nothing more of theirs is taken, what is under way still commits. Under the
    /// gate.</summary>
    /// <returns>Completes when that has settled.</returns>
    private Task Fence(JournalAppender holder)
    {
        holder.IsFenced = true;
        holder.IsClosed = true;
        if (holder.QueuedBytes == 0)
        {
            Forget(holder);
        }

        return holder.Settled;
    }

    private void WakeWriter()
    {
        if (_isWriterIdle)
        {
            _isWriterIdle = false;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Forgets an appender of which nothing is under way; guarded by the gate.</summary>
    private void Forget(JournalAppender appender)
    {
        _ = _open.Remove(appender);
        if (appender.Client is { } client && client.Holder == appender)
        {
            client.Holder = null;
            if (client.Taken == 0)
            {
                clients.Remove(client);
            }
        }

        if (appender.IsFenced)
        {
            appender.End(AppendOutcome.LeaseLost);
        }
        else
        {
            appender.Settle();
        }
    }
}

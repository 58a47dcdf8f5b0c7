using Aldis.Services.Storage;

namespace Aldis.Services.Journal;

/// <summary>
/// Where an acknowledged message is: an append-only log that many connections share, written by one thread of its own. Everything that
/// waits, of all connections, goes into one write and one sync; then all hear of it. <c>docs/protocols/journal.md</c> has the rules.
/// </summary>
public sealed class MessageJournal : IDisposable
{
    // One gate for the queue, the clients and the appenders: held for the copy of one record, or for the exchange of two batches.
    private readonly object _gate = new();
    private readonly JournalOptions _options;
    private readonly JournalWriter _writer;
    private readonly ClientTable _clients;
    private readonly IDisposable _lock;
    private readonly Thread? _thread;
    private readonly HashSet<JournalAppender> _open = [];
    private readonly List<JournalAppender> _awaitSpace = [];
    private readonly List<JournalAppender> _wakeSpace = [];
    private CommitBatch _pending = new();
    private CommitBatch _writing = new();
    private long _queuedBytes;
    private int _markedClients;
    private long _messages;
    private long _bytes;
    private long _batches;
    private bool _isDiskFull;
    private bool _checkSpace;
    private bool _isWriterIdle;
    private bool _isClosing;
    private bool _isDisposed;
    private Exception? _failure;
    private long? _deadline;
    private bool _isUnsynced;

    private MessageJournal(JournalOptions options, JournalWriter writer, ClientTable clients, IDisposable @lock, RecoveryReport recovery)
    {
        _options = options;
        _writer = writer;
        _clients = clients;
        _lock = @lock;
        Recovery = recovery;
        _markedClients = clients.Count;
        if (options.StartWriter)
        {
            _thread = new Thread(RunWriter) { Name = "Aldis journal", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>What was found at the opening.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>What an acknowledgement means.</summary>
    public JournalLevel Level => _options.Level;

    /// <summary>Longest payload taken, in bytes.</summary>
    public int MaxMessageBytes => _options.MaxMessageBytes;

    /// <summary>How many of each client's last CRCs are kept: the window that may be promised to clients.</summary>
    public int Window => _options.Window;

    /// <summary>What made the journal fail, or null.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Opens a journal, or makes a new one. What it held is durable when this returns.</summary>
    /// <param name="options">How it is kept.</param>
    /// <param name="storage">The files it is kept in, usually <see cref="FileStorage.Instance"/>.</param>
    /// <exception cref="JournalLockedException">Another process has it open.</exception>
    /// <exception cref="JournalCorruptException">It is damaged, and <see cref="JournalOptions.Repair"/> was not asked for.</exception>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    public static MessageJournal Open(JournalOptions options, IStorage storage)
    {
        if (options.FindFault() is { } fault)
        {
            throw new ArgumentException($"{fault} is outside its range.", nameof(options));
        }

        storage.CreateDirectory(options.Directory);
        IDisposable @lock = storage.TryLock(Path.Combine(options.Directory, SegmentName.Lock))
            ?? throw new JournalLockedException(options.Directory);
        JournalWriter? writer = null;
        try
        {
            (JournalScan scan, RecoveryReport report) = JournalRecovery.Run(options, storage);
            writer = JournalWriter.Open(options, storage, scan);
            writer.CheckSpace();
            writer.DeleteExpired();
            return new MessageJournal(options, writer, scan.Clients, @lock, report) { _isDiskFull = writer.IsDiskFull };
        }
        catch
        {
            writer?.Dispose();
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>What the journal knows of a client.</summary>
    /// <param name="clientId">The client's id.</param>
    /// <returns>Null for a client that never had a message taken and has no appender.</returns>
    public JournalClient? FindClient(string clientId)
    {
        lock (_gate)
        {
            return _clients.Find(clientId);
        }
    }

    /// <summary>The CRC-32C of the payload of one of a client's last <see cref="Window"/> messages, accepted ones included.</summary>
    /// <param name="client">The client.</param>
    /// <param name="sequence">The message's number.</param>
    /// <param name="crc">The CRC.</param>
    /// <returns>False if the message is not among them.</returns>
    public bool TryGetCrc(JournalClient client, long sequence, out uint crc)
    {
        lock (_gate)
        {
            return client.Crcs.TryGet(sequence, out crc);
        }
    }

    /// <summary>A way to append for one connection. Dispose it with the connection.</summary>
    /// <param name="clientId">Id of a native client: 1 to 32 of A–Z a–z 0–9 . _ -; null for the plain form.</param>
    /// <param name="peer">The peer's address, as text of at most 255 bytes.</param>
    /// <exception cref="ArgumentException">Id or address is not of that form.</exception>
    public JournalAppender OpenAppender(string? clientId, string peer)
    {
        if (clientId is not null && !IsClientId(clientId))
        {
            throw new ArgumentException("A client id has 1 to 32 characters of A-Z a-z 0-9 . _ -", nameof(clientId));
        }

        if (System.Text.Encoding.UTF8.GetByteCount(peer) > RecordCodec.MaxPeerLength)
        {
            throw new ArgumentException("A peer address has at most 255 bytes.", nameof(peer));
        }

        lock (_gate)
        {
            JournalClient? client = clientId is null ? null : _clients.GetOrAdd(System.Text.Encoding.ASCII.GetBytes(clientId));
            var appender = new JournalAppender(this, client, peer, _options.RunContinuationsInline);
            if (client is not null)
            {
                client.Appenders++;
            }

            _ = _open.Add(appender);
            if (IsStopped)
            {
                appender.Fail();
            }

            return appender;
        }
    }

    /// <summary>Counts, for metrics.</summary>
    public JournalStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return new JournalStatistics(
                    _messages, _bytes, _batches, _writer.Syncs, _queuedBytes, _writer.Segments, _isDiskFull, IsStopped);
            }
        }
    }

    /// <summary>Commits what was accepted, then closes the files and gives up the lock. All appenders have then settled.</summary>
    /// <exception cref="InvalidOperationException">Called from the writer thread, by a continuation that runs inline.</exception>
    public void Close()
    {
        if (Thread.CurrentThread == _thread)
        {
            throw new InvalidOperationException("The journal cannot be closed from its own writer thread.");
        }

        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _isClosing = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread is not null)
        {
            _thread.Join();
        }
        else if (Failure is null)
        {
            RunWriter();
        }

        _writer.Dispose();
        _lock.Dispose();
    }

    /// <summary>Closes it; see <see cref="Close"/>.</summary>
    public void Dispose() => Close();

    internal AppendStatus Append(JournalAppender appender, long sequence, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > _options.MaxMessageBytes)
        {
            return AppendStatus.TooLarge;
        }

        uint crc = Crc32C.Compute(payload);
        long now = UnixTime.Now(_options.TimeProvider);
        int length = RecordCodec.FixedLength + appender.ClientBytes.Length + appender.PeerBytes.Length + payload.Length;
        lock (_gate)
        {
            AppendStatus status = Judge(appender, sequence, length);
            if (status != AppendStatus.Accepted)
            {
                return status;
            }

            Span<byte> record = _pending.Add(length, appender);
            int offset = RecordCodec.WriteHead(
                record, RecordType.Message, sequence, now, appender.ClientBytes, appender.PeerBytes, crc);
            payload.CopyTo(record[offset..]);
            if (appender.Client is { } client)
            {
                _markedClients += client.Taken == 0 ? 1 : 0;
                client.Take(sequence, crc);
            }

            appender.Accept(sequence);
            appender.QueuedBytes += length;
            _queuedBytes += length;
            WakeWriter();
        }

        if (_options.Level == JournalLevel.Received)
        {
            appender.Commit(appender.AcceptedCount, sequence);
        }

        return AppendStatus.Accepted;
    }

    internal void CloseAppender(JournalAppender appender)
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
                Release(appender);
            }
        }
    }

    /// <summary>One turn of the writer.</summary>
    /// <param name="wait">Whether to wait until there is something to do.</param>
    /// <returns>False when the journal has failed or was closed.</returns>
    internal bool Step(bool wait)
    {
        bool closing;
        lock (_gate)
        {
            while (wait && !HasWork())
            {
                _isWriterIdle = true;
                _ = Monitor.Wait(_gate, IdleTime());
                _isWriterIdle = false;
            }

            closing = _isClosing;
            (_pending, _writing) = (_writing, _pending);
            _writing.Divide();
            _checkSpace = false;
            if (_writing.Records > 0)
            {
                // A new segment's marks are those of what is written, not of what waits: JournalClient.Written, which only this thread changes.
                try
                {
                    _writer.RotateIfFull(_clients);
                }
                catch (Exception failure)
                {
                    _failure = failure;
                }
            }
        }

        if (Failure is null)
        {
            try
            {
                Commit(closing);
            }
            catch (Exception failure)
            {
                Volatile.Write(ref _failure, failure);
            }
        }

        if (Failure is null && !closing)
        {
            return true;
        }

        Stop();
        return false;
    }

    private bool IsStopped => _isClosing || _failure is not null;

    private static bool IsClientId(string id)
    {
        bool valid = id.Length is >= 1 and <= RecordCodec.MaxClientLength;
        foreach (char character in id)
        {
            valid = valid && (char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-');
        }

        return valid;
    }

    private AppendStatus Judge(JournalAppender appender, long sequence, int length)
    {
        if (appender.IsClosed)
        {
            return AppendStatus.AppenderClosed;
        }

        if (IsStopped)
        {
            return AppendStatus.StoreFailed;
        }

        if (appender.Client is null ? sequence != 0 : sequence != appender.Client.Taken + 1)
        {
            return AppendStatus.OutOfSequence;
        }

        if (appender.Client?.Taken == 0 && _markedClients >= _options.MaxClients)
        {
            return AppendStatus.TooManyClients;
        }

        if (_isDiskFull)
        {
            // Only a writer that runs notices that there is space again.
            _checkSpace = true;
            WakeWriter();
            return AppendStatus.DiskFull;
        }

        if (appender.QueuedBytes > 0
            && (appender.QueuedBytes + length > _options.MaxQueuedBytesPerAppender || _queuedBytes + length > _options.MaxQueuedBytes))
        {
            _awaitSpace.Add(appender);
            return AppendStatus.QueueFull;
        }

        return AppendStatus.Accepted;
    }

    private void WakeWriter()
    {
        if (_isWriterIdle)
        {
            _isWriterIdle = false;
            Monitor.Pulse(_gate);
        }
    }

    private bool HasWork() => _pending.Records > 0 || _isClosing || _checkSpace || IdleTime() == TimeSpan.Zero;

    /// <summary>How long the writer may sleep if nothing comes.</summary>
    private TimeSpan IdleTime()
    {
        if (_deadline is not { } deadline)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan left = _options.TimeProvider.GetElapsedTime(_options.TimeProvider.GetTimestamp(), deadline);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void RunWriter()
    {
        while (Step(wait: _thread is not null))
        {
        }
    }

    /// <summary>Writes what was taken from the queue, syncs where it is due, and tells everyone.</summary>
    private void Commit(bool closing)
    {
        bool isDue = _deadline is not null && IdleTime() == TimeSpan.Zero;
        if (_writing.Records > 0)
        {
            WriteBatch(isDue);
        }
        else if (_deadline is not null && (isDue || closing))
        {
            _writer.Seal(trim: closing);
            _isUnsynced = false;
            _deadline = null;
        }

        if (closing && _deadline is not null)
        {
            _writer.Seal(trim: true);
            _deadline = null;
        }

        _writer.CheckSpace();
        _writer.DeleteExpired();
        Volatile.Write(ref _isDiskFull, _writer.IsDiskFull);
    }

    private void WriteBatch(bool isDue)
    {
        // Below durable a commit ends once in a while: when the interval is over, or the segment.
        bool endsCommit = Level == JournalLevel.Durable || isDue || _writer.IsFullAfter(_writing.Length);
        CommitReport report = _writer.Write(_writing, endsCommit);
        foreach (CommitBatch.Share share in _writing.Shares)
        {
            if (share.Appender.Client is { } client)
            {
                client.Written = share.Sequence;
            }
        }

        if (Level == JournalLevel.Stored)
        {
            Acknowledge();
        }

        if (endsCommit)
        {
            report = report with { SyncDuration = _writer.EndCommit() };
        }

        if (Level == JournalLevel.Durable)
        {
            Acknowledge();
        }

        if (endsCommit || !_isUnsynced)
        {
            _deadline = _options.TimeProvider.GetTimestamp()
                + (long)(_options.SyncInterval.TotalSeconds * _options.TimeProvider.TimestampFrequency);
        }

        _isUnsynced = !endsCommit;
        ReleaseQueue();
        _options.Written?.Invoke(report);
    }

    private void Acknowledge()
    {
        foreach (CommitBatch.Share share in _writing.Shares)
        {
            share.Appender.Commit(share.Count, share.Sequence);
        }
    }

    /// <summary>The batch's bytes are free again.</summary>
    private void ReleaseQueue()
    {
        lock (_gate)
        {
            foreach (CommitBatch.Share share in _writing.Shares)
            {
                share.Appender.QueuedBytes -= share.Bytes;
                if (share.Appender.IsClosed && share.Appender.QueuedBytes == 0)
                {
                    Release(share.Appender);
                }
            }

            _queuedBytes -= _writing.Length;
            _messages += _writing.Records;
            _bytes += _writing.Length;
            _batches++;
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

    /// <summary>Forgets an appender of which nothing is under way; guarded by the gate.</summary>
    private void Release(JournalAppender appender)
    {
        if (_open.Remove(appender) && appender.Client is { } client && --client.Appenders == 0 && client.Taken == 0)
        {
            _clients.Remove(client);
        }

        appender.Settle();
    }

    /// <summary>The end, in order or by a failure: whatever is not committed never will be.</summary>
    private void Stop()
    {
        JournalAppender[] appenders;
        Exception? failure;
        lock (_gate)
        {
            failure = _failure;
            _isClosing = true;
            appenders = [.. _open];
            _open.Clear();
            _awaitSpace.Clear();
        }

        if (failure is not null)
        {
            _options.Failed?.Invoke(failure);
        }

        foreach (JournalAppender appender in appenders)
        {
            appender.Fail();
        }
    }
}

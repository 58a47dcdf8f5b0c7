using System.Text;
using Aldis.Journal.Storage;
using Aldis.Journal.Stores;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Messages;

namespace Aldis.Journal.Embedded;

/// <summary>
/// Where an acknowledged message is: an append-only log that many connections share, written by one thread of its own. Everything that
/// waits, of all connections, goes into one write and one sync; then all hear of it. <c>docs/protocols/journal.md</c> has the rules.
/// </summary>
public sealed class MessageJournal : IMessageStore, IAcknowledgementTimes, IStoreFigures, IDisposable
{
    // How long the writer sleeps at most while something may become too old to be kept.
    private static readonly TimeSpan AgeCheckInterval = TimeSpan.FromMinutes(1);

    private readonly JournalOptions _options;
    private readonly JournalQueue _queue;
    private readonly JournalWriter _writer;
    private readonly IDisposable _lock;
    private readonly CommitTimes _times;
    private readonly Thread? _thread;
    private Exception? _failure;
    private long? _deadline;
    private long _committedMessages;
    private long _sizeBytes;
    private bool _isUnsynced;
    private int _isDisposed;

    private MessageJournal(JournalOptions options, JournalWriter writer, ClientTable clients, IDisposable @lock, RecoveryReport recovery)
    {
        _options = options;
        _times = new CommitTimes(options.TimeProvider);
        _queue = new JournalQueue(options, clients) { IsDiskFull = writer.IsDiskFull };
        _writer = writer;
        _lock = @lock;
        _sizeBytes = writer.SizeBytes;
        Recovery = recovery;
        if (options.StartWriter)
        {
            _thread = new Thread(RunWriter) { Name = "Aldis journal", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>What was found at the opening.</summary>
    public RecoveryReport Recovery { get; }

    /// <inheritdoc/>
    public AcknowledgementLevel Level => _options.Level;

    /// <inheritdoc/>
    public int MaxMessageBytes => _options.MaxMessageBytes;

    /// <inheritdoc/>
    public int Window => _options.Window;

    /// <summary>What made the journal fail, or null.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <inheritdoc/>
    LatencyHistogram? IAcknowledgementTimes.ReadTimes() => _times.Read();

    /// <inheritdoc/>
    Action<StoreCommit>? IStoreFigures.Committed { get; set; }

    /// <inheritdoc/>
    StoreFigures IStoreFigures.ReadFigures() =>
        new(Volatile.Read(ref _committedMessages), _queue.QueuedBytes, Volatile.Read(ref _sizeBytes));

    /// <summary>Opens a journal, or makes a new one. What it held is durable when this returns.</summary>
    /// <param name="options">How it is kept.</param>
    /// <exception cref="JournalCorruptException">It is damaged, and <see cref="JournalOptions.Repair"/> was not asked for.</exception>
    /// <exception cref="IOException">Another process has it open, it is in another version of the format, or the files cannot be read or
    /// written.</exception>
    public static MessageJournal Open(JournalOptions options) => Open(options, FileStorage.Instance);

    /// <summary>Opens a journal, or makes a new one. What it held is durable when this returns.</summary>
    /// <param name="options">How it is kept.</param>
    /// <param name="storage">The files it is kept in, usually <see cref="FileStorage.Instance"/>.</param>
    /// <exception cref="JournalLockedException">Another process has it open.</exception>
    /// <exception cref="JournalVersionException">It is in another version of the format.</exception>
    /// <exception cref="JournalCorruptException">It is damaged, and <see cref="JournalOptions.Repair"/> was not asked for.</exception>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    internal static MessageJournal Open(JournalOptions options, IStorage storage)
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
            if (scan.Clients.Count > MarkCodec.MaxClients(options.Window))
            {
                throw new IOException($"The journal {options.Directory} has {scan.Clients.Count} clients: their CRCs would not fit into a "
                    + $"segment's header with a window of {options.Window} each. Choose a smaller window.");
            }

            writer = JournalWriter.Open(options, storage, scan, forgets: options.ForgetAge is not null);
            writer.EnsureHeader(scan);
            writer.Maintain();
            return new MessageJournal(options, writer, scan.Clients, @lock, report);
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
    internal JournalClient? FindClient(string clientId) => _queue.FindClient(clientId);

    /// <summary>
    /// The CRC-32C of the payload of one of a client's last messages. Known are those not written yet, the last <see cref="Window"/> of
    /// those written (after <see cref="IMessageAppender.HandleFarewell"/> perhaps only the last), and more while the window was larger.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="sequence">The message's number.</param>
    /// <param name="crc">The CRC.</param>
    /// <returns>False if the message is not among them.</returns>
    internal bool TryGetCrc(JournalClient client, long sequence, out uint crc) => _queue.TryGetCrc(client, sequence, out crc);

    /// <inheritdoc/>
    public ValueTask<StoreOpening> OpenAsync(string? client, string peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        if (client is not null && !IsClientId(client))
        {
            throw new ArgumentException("A client id has 1 to 32 characters of A-Z a-z 0-9 . _ -", nameof(client));
        }

        if (Encoding.UTF8.GetByteCount(peer) > RecordCodec.MaxPeerLength)
        {
            throw new ArgumentException("A peer address has at most 255 bytes.", nameof(peer));
        }

        return _queue.TryOpen(client, peer, out StoreOpening opening, out Task settling)
            ? ValueTask.FromResult(opening)
            : OpenAfterAsync();

        async ValueTask<StoreOpening> OpenAfterAsync()
        {
            do
            {
                await settling.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            while (!_queue.TryOpen(client, peer, out opening, out settling));

            return opening;
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

        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _queue.Close();
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

    /// <summary>Closes it as <see cref="Close"/> does, on another thread.</summary>
    public ValueTask DisposeAsync() => new(Task.Run(Close));

    /// <summary>One turn of the writer: commits all that waits.</summary>
    /// <param name="wait">Whether to wait until there is something to do.</param>
    /// <returns>False when the journal has failed or was closed.</returns>
    internal bool Step(bool wait)
    {
        if (wait)
        {
            TimeSpan idle = IdleTime();
            bool looksAtAges = (_options.RetainAge ?? _options.ForgetAge) is not null
                && (idle == Timeout.InfiniteTimeSpan || idle > AgeCheckInterval);
            _queue.WaitForWork(looksAtAges ? AgeCheckInterval : idle);
        }

        CommitBatch batch = _queue.Take(out bool isClosing);
        try
        {
            Commit(batch, isClosing);
        }
        catch (Exception failure)
        {
            // Whatever went wrong, it is not known what is on the disk: the journal is over.
            Fail(_writer.FindCause(failure));
        }

        if (Failure is null && !isClosing)
        {
            return true;
        }

        _queue.Stop();
        return false;
    }

    private static bool IsClientId(string id)
    {
        bool valid = id.Length is >= 1 and <= RecordCodec.MaxClientLength;
        foreach (char character in id)
        {
            valid = valid && (char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-');
        }

        return valid;
    }

    private void RunWriter()
    {
        try
        {
            while (Step(wait: _thread is not null))
            {
            }
        }
        catch (Exception failure)
        {
            // A defect, or want of memory, outside of a commit: a thread that is gone must not look like a journal that is slow.
            _queue.Stop();
            Fail(failure);
        }
    }

    private void Fail(Exception failure)
    {
        Volatile.Write(ref _failure, failure);
        _options.Failed?.Invoke(failure);
    }

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

    /// <summary>Writes what was taken from the queue, syncs where it is due, and tells everyone.</summary>
    private void Commit(CommitBatch batch, bool isClosing)
    {
        bool isDue = IdleTime() == TimeSpan.Zero;
        if (batch.Records > 0)
        {
            WriteBatch(batch, isDue);
        }

        // The seal proves that the last commit was durable: silence after it, or the end, would otherwise prove nothing.
        if (_deadline is not null && (isClosing || (isDue && batch.Records == 0)))
        {
            _writer.Seal();
            _isUnsynced = false;
            _deadline = null;
        }

        if (isClosing)
        {
            _writer.End();
        }

        _writer.Maintain();
        Volatile.Write(ref _sizeBytes, _writer.SizeBytes);
        _queue.IsDiskFull = _writer.IsDiskFull;
        _queue.Release();
        if (!isClosing && _writer.IsForgettingDue)
        {
            Forget();
        }
    }

    /// <summary>Forgets clients that were not seen for long enough.</summary>
    private void Forget()
    {
        List<JournalClient> forgotten = _queue.BeginForgetting(_writer.FindExpired);
        if (forgotten.Count > 0)
        {
            _writer.Forget(forgotten);
            _isUnsynced = false;
            SetDeadline();
            _queue.EndForgetting(forgotten);
            foreach (JournalClient client in forgotten)
            {
                _options.Forgotten?.Invoke(new ClientForgotten(client.Id, client.Written, _writer.AgeOf(client)));
            }
        }
    }

    private void WriteBatch(CommitBatch batch, bool isDue)
    {
        if (_writer.IsFullAfter(0) && _writer.CanRotate())
        {
            _writer.Rotate(_queue.WithClients(_writer.MakeNextHeader));
        }

        // Below durable a commit ends once in a while: when the interval is over, or the segment.
        bool endsCommit = Level == AcknowledgementLevel.Durable || isDue || _writer.IsFullAfter(batch.Length);
        Action<StoreCommit>? committed = ((IStoreFigures)this).Committed;
        long beganAt = committed is null ? 0 : _options.TimeProvider.GetTimestamp();
        _writer.Write(batch, endsCommit);
        long writtenAt = committed is null ? 0 : _options.TimeProvider.GetTimestamp();
        if (Level == AcknowledgementLevel.Stored)
        {
            Acknowledge(batch);
        }

        if (endsCommit)
        {
            _writer.EndCommit();
        }

        long syncedAt = committed is null ? 0 : _options.TimeProvider.GetTimestamp();
        if (Level == AcknowledgementLevel.Durable)
        {
            Acknowledge(batch);
        }

        Volatile.Write(ref _committedMessages, _committedMessages + batch.Records);
        committed?.Invoke(new StoreCommit(
            batch.Records,
            batch.Length,
            _options.TimeProvider.GetElapsedTime(beganAt, writtenAt),
            endsCommit ? _options.TimeProvider.GetElapsedTime(writtenAt, syncedAt) : null));

        if (endsCommit || !_isUnsynced)
        {
            SetDeadline();
        }

        _isUnsynced = !endsCommit;
    }

    private void SetDeadline() => _deadline = _options.TimeProvider.GetTimestamp()
        + (long)(_options.SyncInterval.TotalSeconds * _options.TimeProvider.TimestampFrequency);

    private void Acknowledge(CommitBatch batch)
    {
        _queue.AssertOutside();
        long now = _options.TimeProvider.GetTimestamp();
        long nowNs = UnixTime.Now(_options.TimeProvider);
        foreach (CommitBatch.Share share in batch.Shares)
        {
            share.Appender.Commit(share.Count, share.Sequence, isAlone: true);
        }

        // Nobody waits for this.
        _times.Record(batch, now, nowNs);
    }
}

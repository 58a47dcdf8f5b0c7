using System.Text;
using Aldis.Journal.Stores;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Queueing;
using Aldis.Postgres.Sessions;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Postgres;

/// <summary>
/// Messages in PostgreSQL, of any number of servers: a client may speak to any of them, be cut off, and go on at another. Who may write
/// as a client stands in its row, which every statement looks at. It opens while the database is away, and says <c>busy</c> until it is
/// there.
/// Thread-safe.
/// </summary>
public sealed class PostgresMessageStore : IMessageStore, IDatabaseStore, IStoreFigures
{
    /// <summary>Begins the name of a server among those of clients, none of which begins so.</summary>
    private const string NodePrefix = "@";

    /// <summary>Longest address of a peer, in bytes.</summary>
    private const int MaxPeerBytes = 255;

    private readonly StoreQueue _queue;
    private readonly Lanes _lanes;
    private readonly string _node;
    private readonly StoreWatch _watch;
    private readonly IDisposable? _owned;
    private int _isDisposed;

    internal PostgresMessageStore(
        PostgresStoreOptions options, StoreQueueOptions queue, IStoreHosts hosts, StoreWatch watch, IDisposable? owned = null)
    {
        Level = options.Level;
        _node = NodePrefix + options.Node;
        _owned = owned;
        _watch = watch;
        _queue = new StoreQueue(queue, options.TimeProvider);
        _lanes = new Lanes(_queue, hosts, _node, options, watch);
    }

    /// <inheritdoc/>
    public AcknowledgementLevel Level { get; }

    /// <inheritdoc/>
    public int MaxMessageBytes => _queue.Options.MaxMessageBytes;

    /// <inheritdoc/>
    public int Window => _queue.Options.Window;

    /// <inheritdoc/>
    public string? Problem => _watch.Problem;

    /// <inheritdoc/>
    DatabaseState? IDatabaseStore.State => _lanes.State;

    /// <inheritdoc/>
    Action<StoreCommit>? IStoreFigures.Committed
    {
        get => _lanes.Committed;
        set => _lanes.Committed = value;
    }

    /// <summary>Whether nothing waits and nothing is under way.</summary>
    internal bool IsSettled => _queue.IsEmpty;

    /// <summary>Opens a store. Nothing is connected yet: whether the database is there, is told while it is used.</summary>
    /// <param name="options">Where and how.</param>
    /// <returns>The store; the caller disposes it, after the server has stopped.</returns>
    /// <exception cref="ArgumentException">The address, the level, the id or a bound is wrong; the message says what.</exception>
    /// <exception cref="IOException">The file of the timeline cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file of the timeline holds something else.</exception>
    public static PostgresMessageStore Open(PostgresStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!StoreAddress.TryParse(options.Address, out StoreAddress? address, out string? problem))
        {
            throw new ArgumentException(problem, nameof(options));
        }

        if (options.Level is not (AcknowledgementLevel.Durable or AcknowledgementLevel.Replicated))
        {
            throw new ArgumentException("A database promises durable or replicated: it commits nothing with less.", nameof(options));
        }

        if (!ClientId.IsValid(options.Node))
        {
            throw new ArgumentException("The id of a server has 1 to 32 characters of A-Z a-z 0-9 . _ -", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.Window, MessageLimits.MinWindow, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Window, MessageLimits.MaxWindow, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxMessageBytes, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxMessageBytes, MessageLimits.MaxStoredLength, nameof(options));
        var watch = new StoreWatch(options.Told ?? (static _ => { }));
        var hosts = new PostgresHosts(
            address,
            new SessionOptions(options.Node, options.Level == AcknowledgementLevel.Replicated, options.Window, options.TimeProvider),
            new TimelineFile(options.TimelineFile),
            watch);
        return new PostgresMessageStore(
            options, new StoreQueueOptions { MaxMessageBytes = options.MaxMessageBytes, Window = options.Window }, hosts, watch, hosts);
    }

    /// <inheritdoc/>
    public async ValueTask<StoreOpening> OpenAsync(string? client, string peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        if (client is not null && !ClientId.IsValid(client))
        {
            throw new ArgumentException("A client id has 1 to 32 characters of A-Z a-z 0-9 . _ -", nameof(client));
        }

        if (Encoding.UTF8.GetByteCount(peer) > MaxPeerBytes)
        {
            throw new ArgumentException("A peer address has at most 255 bytes.", nameof(peer));
        }

        if (Volatile.Read(ref _isDisposed) != 0)
        {
            return StoreOpening.Not(StoreOpenStatus.Failed);
        }

        if (client is null)
        {
            return _lanes.HasNode || await _lanes.ClaimNodeAsync().WaitAsync(cancellationToken).ConfigureAwait(false)
                ? _queue.Open(null, peer, null, RenewAsync)
                : StoreOpening.Not(StoreOpenStatus.Unavailable);
        }

        await _queue.Fence(client).WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<ClaimAnswer> asked = _lanes.AskAsync(session => session.ClaimAsync(client, Guid.NewGuid(), _node), ClaimAnswer.Unknown);
        return OpeningOf(client, peer, await asked.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    StoreFigures IStoreFigures.ReadFigures() =>
        new(_lanes.CommittedCount, _queue.QueuedBytes, SizeBytes: null);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _lanes.DisposeAsync().ConfigureAwait(false);
            _owned?.Dispose();
        }
    }

    /// <summary>Whether a sender is a server, which stores the plain form under its own name.</summary>
    internal static bool IsNode(string sender) => sender.StartsWith(NodePrefix, StringComparison.Ordinal);

    private StoreOpening OpeningOf(string client, string peer, in ClaimAnswer answer) => answer switch
    {
        { Grant: { } grant } => _queue.Open(client, peer, grant, RenewAsync),
        { IsLost: true } => StoreOpening.Not(StoreOpenStatus.LeaseLost),
        _ => StoreOpening.Not(Volatile.Read(ref _isDisposed) == 0 ? StoreOpenStatus.Unavailable : StoreOpenStatus.Failed),
    };

    /// <summary>Raises the epoch of one's own lease, so that a statement which is still on its way stores nothing, and reads what is
    /// stored.</summary>
    private async ValueTask<StoreOpening> RenewAsync(StoreAppender appender, CancellationToken cancellationToken)
    {
        AppendOutcome outcome = appender.Progress.Outcome;
        if (outcome == AppendOutcome.Committed)
        {
            throw new InvalidOperationException("The appender has not ended.");
        }

        if (outcome == AppendOutcome.LeaseLost)
        {
            return StoreOpening.Not(StoreOpenStatus.LeaseLost);
        }

        if (appender.Client is not { } client)
        {
            return await OpenAsync(null, appender.Peer, cancellationToken).ConfigureAwait(false);
        }

        Task<ClaimAnswer> asked = _lanes.AskAsync(session => session.RenewAsync(client, appender.Lease), ClaimAnswer.Unknown);
        return OpeningOf(client, appender.Peer, await asked.WaitAsync(cancellationToken).ConfigureAwait(false));
    }
}

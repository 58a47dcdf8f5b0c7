using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Aldis.Protocols.Budgets;
using Aldis.Transports.Budgets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Aldis.Transports.Connections;

/// <summary>What every connection tells those above it about itself, whatever carries its bytes. Costs nothing that is not asked
/// for.</summary>
internal abstract class TransportConnection : ConnectionContext,
    IDuplexPipe, IConnectionIdFeature, IConnectionItemsFeature, IConnectionTransportFeature, IConnectionLifetimeFeature,
    IConnectionEndPointFeature, IMemoryPoolFeature, IAcceptOrderFeature, IReceiveAccountFeature
{
    // Differs from one run of the process to the next, so that names in old logs do not come again.
    private static long _lastId = Stopwatch.GetTimestamp() << 16;

    private static long _lastAccepted;

    private readonly Lock _lock = new();
    private readonly FeatureCollection _features;
    private readonly MemoryPool<byte> _memoryPool;
    private IDuplexPipe? _transport;
    private CancellationTokenSource? _closed;
    private CancellationToken? _closedToken;
    private string? _id;
    private IDictionary<object, object?>? _items;
    private bool _isClosed;

    /// <summary>Makes a connection whose own interfaces are its features.</summary>
    /// <param name="memoryPool">Memory for what is built on top of this connection, such as TLS.</param>
    protected TransportConnection(MemoryPool<byte> memoryPool)
    {
        _memoryPool = memoryPool;
        _features = new FeatureCollection(initialCapacity: 17);
        _features.Set<IConnectionIdFeature>(this);
        _features.Set<IConnectionItemsFeature>(this);
        _features.Set<IConnectionTransportFeature>(this);
        _features.Set<IConnectionLifetimeFeature>(this);
        _features.Set<IConnectionEndPointFeature>(this);
        _features.Set<IMemoryPoolFeature>(this);
        _features.Set<IAcceptOrderFeature>(this);
        _features.Set<IReceiveAccountFeature>(this);
    }

    /// <inheritdoc/>
    public MemoryPool<byte> MemoryPool => Account is { } account ? new CountingMemoryPool(_memoryPool, account) : _memoryPool;

    /// <inheritdoc/>
    public abstract ReceiveAccount? Account { get; }

    /// <inheritdoc/>
    public long AcceptOrder { get; } = Interlocked.Increment(ref _lastAccepted);

    /// <inheritdoc/>
    public abstract PipeReader Input { get; }

    /// <inheritdoc/>
    public abstract PipeWriter Output { get; }

    /// <inheritdoc/>
    public override IDuplexPipe Transport
    {
        get => _transport ?? this;
        set => _transport = value;
    }

    /// <inheritdoc/>
    public override IFeatureCollection Features => _features;

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint { get; set; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; set; }

    /// <inheritdoc/>
    public override string ConnectionId
    {
        get => _id ??= Interlocked.Increment(ref _lastId).ToString("X", CultureInfo.InvariantCulture);
        set => _id = value;
    }

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    /// <summary>Cancelled when both directions are over. The peer's half-close alone does not cancel it, because that peer still
    /// waits for its answer.</summary>
    public override CancellationToken ConnectionClosed
    {
        get
        {
            // Made on demand: most connections are never asked.
            lock (_lock)
            {
                return _closedToken ??= _isClosed ? new CancellationToken(canceled: true) : (_closed = new CancellationTokenSource()).Token;
            }
        }

        set => _closedToken = value;
    }

    /// <summary>Ends when those who asked for <see cref="ConnectionClosed"/> were told.</summary>
    protected Task Closing { get; private set; } = Task.CompletedTask;

    /// <inheritdoc/>
    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Closing.ConfigureAwait(false);
        _closed?.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Tells that both directions are over.</summary>
    protected void TellClosed()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;

            // Callbacks may take any time; they run on the thread pool.
            Closing = _closed?.CancelAsync() ?? Task.CompletedTask;
        }
    }
}

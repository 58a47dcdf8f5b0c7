using System.Buffers;
using System.IO.Pipelines;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Budgets;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Budgets;
using Aldis.Transports.Connections;
using Aldis.Transports.Datagrams;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Arq;

/// <summary>
/// One connection of the ARQ protocol, accepted or dialled. The application may rely on this:
/// <list type="bullet">
/// <item><description>The end of the peer's bytes completes the input, after every byte before it; the output stays usable until it
/// is completed.</description></item>
/// <item><description>A reset by the peer is a <see cref="ConnectionResetException"/> on the read that follows the bytes that came
/// before it, and silence of the peer a <see cref="CommunicationException"/>.</description></item>
/// <item><description>Completing the output sends what was written and then the end of the stream.</description></item>
/// <item><description><see cref="DisposeAsync"/> ends when the peer has acknowledged all of it and finished too, or some seconds
/// after its acknowledgement.</description></item>
/// <item><description><see cref="Abort(ConnectionAbortedException)"/> resets the connection; what is pending ends.</description></item>
/// </list>
/// </summary>
internal sealed class ArqTransportConnection : TransportConnection, IArqStatisticsFeature, IArqTraceFeature, IConnectionEndFeature,
    ITransferFeature, IBudgetedConnection
{
    // How long a peer that has everything may take to finish its own direction.
    private static readonly TimeSpan PeerLinger = TimeSpan.FromSeconds(2);

    private readonly ArqInput _input;
    private readonly ArqOutput _output;
    private TaskCompletionSource? _connected;
    private TaskCompletionSource? _finished;
    private TaskCompletionSource? _ended;
    private TaskCompletionSource<Exception?>? _acknowledged;
    private FollowedTrace? _followed;
    private bool _isFinished;
    private bool _wasOpen;
    private int _isDisposed;

    /// <summary>Wraps a connection of the engine.</summary>
    /// <param name="driver">Its driver.</param>
    /// <param name="engine">The connection.</param>
    public ArqTransportConnection(ArqDriver driver, ArqConnection engine)
        : base(MemoryPool<byte>.Shared)
    {
        Driver = driver;
        Engine = engine;
        _input = new ArqInput(this);
        _output = new ArqOutput(this);
        _wasOpen = !engine.IsClient;
        Account = engine.Chunks.Account;
        if (Account is not null)
        {
            Account.Owner = this;
        }

        Features.Set<IArqStatisticsFeature>(this);
        Features.Set<IArqTraceFeature>(this);
        Features.Set<IConnectionEndFeature>(this);
        Features.Set<ITransferFeature>(this);
        RemoteEndPoint = PathAddress.ToEndPoint(engine.Path);
        LocalEndPoint = engine.Path.LocalAddress == default
            ? driver.Channel.LocalEndPoint
            : PathAddress.ToEndPoint(engine.Path with
            {
                RemoteAddress = engine.Path.LocalAddress,
                RemotePort = (ushort)driver.Channel.LocalEndPoint.Port,
            });
    }

    /// <inheritdoc/>
    public override ReceiveAccount? Account { get; }

    bool IReceiveOwner.AwaitsPeer => _input.IsReading || _output.IsFlushing;

    // What passed in order, without the driver's lock: a number that is a little old does no harm.
    long IReceiveOwner.MovedBytes => (Engine.Established?.Receive.InOrderEnd ?? 0) + Engine.Stream.Unacknowledged;

    /// <summary>Who moves its datagrams, and whose lock guards it.</summary>
    public ArqDriver Driver { get; }

    /// <summary>Whether the driver serves this connection alone and ends with it.</summary>
    public bool OwnsDriver { get; set; }

    /// <summary>The connection as the engine knows it. Under the driver's lock.</summary>
    public ArqConnection Engine { get; }

    /// <summary>Why it is broken; null while it is not. Under the driver's lock.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether both directions are over, in order or not. Under the driver's lock.</summary>
    public bool IsEnded { get; private set; }

    /// <inheritdoc/>
    public string? EndReason { get; private set; }

    /// <inheritdoc/>
    public ConnectionStats Statistics => Driver.Do(Engine, static engine => engine.Stats);

    /// <inheritdoc/>
    public long BytesReceived => Statistics.BytesDelivered;

    /// <inheritdoc/>
    public long BytesSent => Driver.Do(Engine, static engine => engine.Stats.BytesSent - engine.Stats.BytesRetransmitted);

    /// <inheritdoc/>
    public bool AwaitsReader => _output.IsFlushing;

    /// <inheritdoc/>
    public long UnreadBytes => HeldBytes;

    /// <inheritdoc/>
    public IDisposable Follow(ITraceSink sink)
    {
        Driver.Do((Connection: this, Sink: sink), static one =>
            (one.Connection._followed ??= new FollowedTrace(one.Connection.Engine)).Add(one.Sink));
        return new Following(this, sink);
    }

    /// <summary>Bytes that the engine was given and the peer has not acknowledged.</summary>
    public long HeldBytes => Driver.Do(Engine, static engine => engine.UnacknowledgedBytes);

    /// <summary>When what is not acknowledged is sent again, counted from now; null where nothing is to be.</summary>
    public TimeSpan? NextRetransmission
    {
        get
        {
            long deadlineNs = Driver.Do(Engine, static engine => engine.Timers[TimerKind.Retransmission]);
            return deadlineNs == TimerTable.Never
                ? null
                : TimeSpan.FromTicks(Math.Max(0, deadlineNs - MonotonicClock.NowNs) / TimeSpan.NanosecondsPerTick);
        }
    }

    /// <inheritdoc/>
    public override PipeReader Input => _input;

    /// <inheritdoc/>
    public override PipeWriter Output => _output;

    /// <summary>Waits until the server has answered.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when the connection is open.</returns>
    /// <exception cref="CommunicationException">Nobody listens there, the server refused, or nothing was heard.</exception>
    public async Task WaitUntilConnectedAsync(CancellationToken cancellationToken)
    {
        Task connected = Driver.Do(this, static connection =>
        {
            bool isOver = connection.Failure is null && connection.Engine.State is not (ConnectionState.SynSent or ConnectionState.Confirming);
            TaskCompletionSource source = connection._connected = NewSource(isOver);
            if (connection.Failure is { } failure)
            {
                source.SetException(failure);
            }

            return source.Task;
        });
        await connected.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends what was written and the end of the stream, and waits for the peer's word that it has them.</summary>
    /// <param name="cancellationToken">Gives up waiting; the end is sent all the same.</param>
    /// <returns>Null if the peer's engine has acknowledged every byte and the end; else why it will not.</returns>
    public async Task<Exception?> FinishAsync(CancellationToken cancellationToken)
    {
        await _output.CompleteAsync().ConfigureAwait(false);
        Task<Exception?> acknowledged = Driver.Do(this, static connection =>
        {
            connection._acknowledged ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            connection.TellAcknowledged();
            return connection._acknowledged.Task;
        });
        return await acknowledged.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes what the engine says about it. Under the driver's lock.</summary>
    /// <param name="occurred">What happened.</param>
    public void On(in ArqEvent occurred)
    {
        switch (occurred.Kind)
        {
            case ArqEventKind.Connected:
                _wasOpen = true;
                _connected?.TrySetResult();
                break;
            case ArqEventKind.Readable:
                _input.OnReadable();
                break;
            case ArqEventKind.Writable:
                _output.OnWritable();
                break;
            case ArqEventKind.Finished:
                _isFinished = true;
                _finished?.TrySetResult();
                TellAcknowledged();
                break;
            case ArqEventKind.Closed:
                End(failure: null);
                break;
            case ArqEventKind.Reset:
                EndReason = Failure is null ? ArqFailure.Reason(occurred.Code, Engine) : null;
                End(Failure ?? ArqFailure.Describe(occurred.Code, this, _wasOpen));
                break;
        }
    }

    /// <summary>Tells everybody who waits that it is over. Under the driver's lock.</summary>
    /// <param name="failure">Why, or null where it ended in order.</param>
    public void End(Exception? failure)
    {
        Failure = failure;
        IsEnded = true;
        _input.OnReadable();
        _output.OnEnded();
        if (failure is not null)
        {
            _connected?.TrySetException(failure);
        }

        _finished?.TrySetResult();
        _ended?.TrySetResult();
        TellAcknowledged();
        TellClosed();
    }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason) =>
        Driver.Do((Connection: this, Reason: abortReason), static abort =>
        {
            ArqTransportConnection connection = abort.Connection;
            if (!connection.IsEnded)
            {
                connection.Failure = abort.Reason;
                connection.Engine.Abort(ArqCloseCode.Aborted, MonotonicClock.NowNs);
            }
        });

    void IBudgetedConnection.ResumeReading()
    {
        // What was not kept is sent again by the peer, by itself.
    }

    void IBudgetedConnection.EndForMemory(string reason) => Abort(new ConnectionAbortedException(reason));

    /// <summary>Sends what was written and the end of the stream, and waits for the peer's word that it has them.</summary>
    /// <returns>A task that ends when the connection is over, in order or not.</returns>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _input.CompleteAsync().ConfigureAwait(false);
        await _output.CompleteAsync().ConfigureAwait(false);
        (Task finished, Task ended) = Driver.Do(this, static connection =>
        {
            connection._finished = NewSource(connection._isFinished || connection.IsEnded);
            connection._ended = NewSource(connection.IsEnded);
            return (connection._finished.Task, connection._ended.Task);
        });

        await finished.ConfigureAwait(false);
        try
        {
            await ended.WaitAsync(PeerLinger).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abort(new ConnectionAbortedException("The peer did not finish."));
        }

        Driver.Remove(this);
        Account?.Close();
        if (OwnsDriver)
        {
            Driver.Close();
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    // A connection can end in order without the peer's word on our end: the peer had finished, had every byte, and is gone.
    private void TellAcknowledged()
    {
        if (_isFinished)
        {
            _acknowledged?.TrySetResult(null);
        }
        else if (IsEnded)
        {
            _acknowledged?.TrySetResult(Failure ?? new IOException("The peer is gone; it has every byte, and did not acknowledge the end."));
        }
    }

    private sealed class Following(ArqTransportConnection connection, ITraceSink sink) : IDisposable
    {
        public void Dispose() => connection.Driver.Do(
            (Connection: connection, Sink: sink), static one => one.Connection._followed!.Remove(one.Sink));
    }

    private static TaskCompletionSource NewSource(bool isSet)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isSet)
        {
            source.SetResult();
        }

        return source;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Aldis.Protocols.Arq;
using Aldis.Transports.Datagrams;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Arq;

/// <summary>
/// What the application says to the peer. A flush gives it to the engine, which sends at once what its windows allow, and completes
/// when the engine has taken all of it; so a peer that does not read holds the writer back.
/// <see cref="WriteAsync"/> takes the caller's memory without gathering it first; the memory must stay unchanged until the returned
/// task completes.
/// <para>
/// A broken connection is no exception here: the result says <see cref="FlushResult.IsCompleted"/> and what was written is dropped.
/// After a cancelled flush the rest stays here and goes with the next one.
/// </para>
/// </summary>
internal sealed class ArqOutput : PipeWriter, IValueTaskSource<FlushResult>, IResumable
{
    private const int LeastBlockBytes = 4096;

    private readonly ArqTransportConnection _connection;
    private readonly Queue<(byte[] Block, int Length)> _full = new(0);
    private ManualResetValueTaskSourceCore<FlushResult> _source;
    private FlushResult _result;
    private Exception? _failure;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private ReadOnlyMemory<byte> _direct;
    private byte[]? _block;
    private int _filled;
    private int _taken;
    private long _unflushed;
    private volatile bool _isWaiting;
    private bool _isCancelRequested;
    private bool _isCompleted;
    private bool _isFinishSent;

    /// <summary>Makes the output of a connection.</summary>
    /// <param name="connection">Where it goes.</param>
    public ArqOutput(ArqTransportConnection connection) => _connection = connection;

    /// <summary>Whether a flush waits for the peer. By any thread.</summary>
    public bool IsFlushing => _isWaiting;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushed;

    private ArqConnection Engine => _connection.Engine;

    private ArqDriver Driver => _connection.Driver;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ThrowIfNotWritable();
        return Reserve(sizeHint);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_block?.Length ?? 0) - _filled);
        _filled += bytes;
        _unflushed += bytes;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        GiveAsync(default, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        GiveAsync(source, cancellationToken);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => Driver.Do(this, static output =>
    {
        output._isCancelRequested = true;
        output.Proceed();
    });

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (exception is not null)
        {
            _connection.Abort(new ConnectionAbortedException(exception.Message, exception));
        }

        Driver.Do(this, static output =>
        {
            output._isCompleted = true;
            if (!output._isWaiting)
            {
                output.FinishIfGiven();
            }
        });
    }

    /// <summary>The engine has room again. Under the driver's lock.</summary>
    public void OnWritable() => Proceed();

    /// <summary>The connection is over. Under the driver's lock.</summary>
    public void OnEnded() => Proceed();

    bool IResumable.IsRead => false;

    void IResumable.Resume()
    {
        (FlushResult result, Exception? failure) = (_result, _failure);
        _failure = null;
        _registration.Unregister();
        _registration = default;
        if (failure is null)
        {
            _source.SetResult(result);
        }
        else
        {
            _source.SetException(failure);
        }
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private ValueTask<FlushResult> GiveAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken) =>
        Driver.Do((Output: this, Source: source, Token: cancellationToken), static give => give.Output.Give(give.Source, give.Token));

    private ValueTask<FlushResult> Give(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (DescribeMisuse() is { } misuse)
        {
            return ValueTask.FromException<FlushResult>(misuse);
        }

        _direct = source;
        if (cancellationToken.IsCancellationRequested)
        {
            KeepDirect();
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (TryGive())
        {
            return new ValueTask<FlushResult>(new FlushResult(TakeCancelRequest(), _connection.IsEnded));
        }

        if (TakeCancelRequest())
        {
            KeepDirect();
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: true, isCompleted: false));
        }

        _source.Reset();
        _isWaiting = true;
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken;
            _registration = cancellationToken.UnsafeRegister(static output => ((ArqOutput)output!).Look(), this);
        }

        return new ValueTask<FlushResult>(this, _source.Version);
    }

    private void Look() => Driver.Do(this, static output => output.Proceed());

    // Goes on with a flush that waits, or with the end of the stream that could not yet be given.
    private void Proceed()
    {
        if (!_isWaiting)
        {
            if (_isCompleted)
            {
                FinishIfGiven();
            }

            return;
        }

        if (TryGive())
        {
            _result = new FlushResult(TakeCancelRequest(), _connection.IsEnded);
        }
        else if (TakeCancelRequest())
        {
            KeepDirect();
            _result = new FlushResult(isCanceled: true, isCompleted: false);
        }
        else if (_cancellation.IsCancellationRequested)
        {
            KeepDirect();
            _failure = new OperationCanceledException(_cancellation);
        }
        else
        {
            return;
        }

        _isWaiting = false;
        _cancellation = default;
        Driver.Resume(this);
        if (_isCompleted)
        {
            FinishIfGiven();
        }
    }

    // Gives the engine what is gathered, then what the caller holds. False when it has no room.
    private bool TryGive()
    {
        if (_connection.IsEnded)
        {
            DropAll();
            return true;
        }

        long nowNs = MonotonicClock.NowNs;
        while (_full.TryPeek(out (byte[] Block, int Length) first))
        {
            if (!TryGive(first.Block.AsSpan(0, first.Length), nowNs))
            {
                return false;
            }

            ArrayPool<byte>.Shared.Return(_full.Dequeue().Block);
        }

        if (_block is not null)
        {
            if (!TryGive(_block.AsSpan(0, _filled), nowNs))
            {
                return false;
            }

            ArrayPool<byte>.Shared.Return(_block);
            _block = null;
            _filled = 0;
        }

        int count = Write(_direct.Span, nowNs);
        _direct = _direct[count..];
        if (!_direct.IsEmpty)
        {
            return false;
        }

        _direct = default;
        _unflushed = 0;
        Engine.Flush(nowNs);
        return true;
    }

    private bool TryGive(ReadOnlySpan<byte> block, long nowNs)
    {
        int count = Write(block[_taken..], nowNs);
        _taken += count;
        if (_taken < block.Length)
        {
            return false;
        }

        _taken = 0;
        return true;
    }

    private int Write(ReadOnlySpan<byte> bytes, long nowNs)
    {
        try
        {
            return Engine.Write(bytes, nowNs);
        }
        catch (OutOfMemoryException)
        {
            Engine.Abort(ArqCloseCode.Overloaded, nowNs);
            return 0;
        }
    }

    private void FinishIfGiven()
    {
        if (!_isFinishSent && TryGive())
        {
            _isFinishSent = true;
            if (!_connection.IsEnded)
            {
                Engine.Finish(MonotonicClock.NowNs);
            }
        }
    }

    private void DropAll()
    {
        while (_full.TryDequeue(out (byte[] Block, int Length) first))
        {
            ArrayPool<byte>.Shared.Return(first.Block);
        }

        if (_block is not null)
        {
            ArrayPool<byte>.Shared.Return(_block);
            _block = null;
        }

        _filled = 0;
        _taken = 0;
        _unflushed = 0;
        _direct = default;
    }

    private bool TakeCancelRequest()
    {
        bool isRequested = _isCancelRequested;
        _isCancelRequested = false;
        return isRequested;
    }

    // The caller takes its memory back, but the bytes were written and are not to be lost.
    private void KeepDirect()
    {
        ReadOnlyMemory<byte> rest = _direct;
        _direct = default;
        if (!rest.IsEmpty)
        {
            rest.CopyTo(Reserve(rest.Length));
            Advance(rest.Length);
        }
    }

    private Memory<byte> Reserve(int sizeHint)
    {
        if (_block is null || _block.Length - _filled < Math.Max(sizeHint, 1))
        {
            if (_block is not null)
            {
                _full.Enqueue((_block, _filled));
            }

            _block = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, LeastBlockBytes));
            _filled = 0;
        }

        return _block.AsMemory(_filled);
    }

    private void ThrowIfNotWritable()
    {
        if (DescribeMisuse() is { } misuse)
        {
            throw misuse;
        }
    }

    private InvalidOperationException? DescribeMisuse() => (_isCompleted, _isWaiting) switch
    {
        (true, _) => new("The writer was completed; it writes no more."),
        (_, true) => new("A flush is pending; what follows must wait for it."),
        _ => null,
    };
}

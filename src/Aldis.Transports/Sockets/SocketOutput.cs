using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Aldis.Transports.Packets;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Sockets;

/// <summary>
/// What the application says to the peer. A flush gives it to the operating system at once and completes when all of it was taken,
/// so the peer that does not read holds the writer back and nothing piles up here. <see cref="WriteAsync"/> sends the caller's
/// memory without copying it; the memory must stay unchanged until the returned task completes.
/// <para>
/// A broken connection is no exception here: the result says <see cref="FlushResult.IsCompleted"/> and what was written is dropped.
/// After a cancelled flush the rest stays here and goes with the next one.
/// </para>
/// </summary>
internal sealed class SocketOutput : PipeWriter, IValueTaskSource<FlushResult>, IThreadPoolWorkItem
{
    // Who may touch the fields: the writer, or a flush that waits, or such a flush that also has to finish the stream.
    private const int Unused = 0;
    private const int Flushing = 1;
    private const int FlushingThenFinishing = 2;

    private readonly SocketConnection _connection;
    private ManualResetValueTaskSourceCore<FlushResult> _source;
    private ReadinessSignal _signal;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private ReadOnlyMemory<byte> _direct;
    private Block? _first;
    private Block? _last;
    private int _sent;
    private long _unflushed;
    private int _use;
    private int _isCancelRequested;
    private bool _isBroken;
    private bool _isCompleted;
    private TaskCompletionSource? _finished;

    /// <summary>Makes the output of a connection.</summary>
    /// <param name="connection">Whose socket is written.</param>
    public SocketOutput(SocketConnection connection) => _connection = connection;

    /// <summary>Ends when everything was handed to the operating system, or dropped, after <see cref="Complete"/>.</summary>
    public Task Finished => _finished?.Task ?? Task.CompletedTask;

    /// <summary>Whether a flush waits for the peer. By any thread.</summary>
    public bool IsFlushing => Volatile.Read(ref _use) != Unused;

    /// <summary>Bytes that the operating system has not taken; of this moment or a little older. By any thread.</summary>
    public long UnsentBytes => Math.Max(0, Volatile.Read(ref _unflushed)) + _direct.Length;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushed;

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
        if (_last is null)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(bytes, 0);
            return;
        }

        _last.Commit(bytes);
        _unflushed += bytes;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfNotWritable();
        return SendAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfNotWritable();
        if (_last is not null && source.Length <= _last.Free.Length)
        {
            // It fits behind what is already gathered: one call instead of two.
            Gather(source.Span);
        }
        else
        {
            _direct = source;
        }

        return SendAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        Volatile.Write(ref _isCancelRequested, 1);
        WakeElsewhere();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted)
        {
            return;
        }

        _isCompleted = true;
        if (exception is not null)
        {
            _connection.Abort(new ConnectionAbortedException(exception.Message, exception));
        }

        _finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _use, FlushingThenFinishing, Flushing) == Unused)
        {
            _ = FinishAsync();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        await Finished.ConfigureAwait(false);
    }

    /// <summary>Takes a report that there is room to send.</summary>
    public void OnWritable()
    {
        // Every report of something to receive says this too; while nobody lowered the signal there is nothing to do.
        if (!_signal.IsRaised && _signal.Raise())
        {
            Resume();
        }
    }

    /// <summary>Lets a pending flush look again, on the thread pool, because the caller may hold locks or block.</summary>
    public void WakeElsewhere()
    {
        if (_signal.Raise())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => Resume();

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private ValueTask<FlushResult> SendAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            KeepDirect();
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (TrySend())
        {
            return new ValueTask<FlushResult>(new FlushResult(TakeCancelRequest(), _isBroken));
        }

        return SendWhenWritableAsync(cancellationToken);
    }

    private ValueTask<FlushResult> SendWhenWritableAsync(CancellationToken cancellationToken)
    {
        _source.Reset();
        short version = _source.Version;
        _cancellation = cancellationToken;
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static output => ((SocketOutput)output!).WakeElsewhere(), this);
        }

        // The application may hold what it has read until its answer is sent.
        _connection.Account.Settle();
        _use = Flushing;
        if (!TryProceed(out FlushResult result, out Exception? error))
        {
            return new ValueTask<FlushResult>(this, version);
        }

        EndFlush();
        return error is null ? new ValueTask<FlushResult>(result) : ValueTask.FromException<FlushResult>(error);
    }

    // Runs on one thread at a time: the one that took the waiting flush over from the signal.
    private void Resume()
    {
        if (!TryProceed(out FlushResult result, out Exception? error))
        {
            return;
        }

        EndFlush();
        if (error is null)
        {
            _source.SetResult(result);
        }
        else
        {
            _source.SetException(error);
        }
    }

    private void EndFlush()
    {
        if (_cancellation.CanBeCanceled)
        {
            _registration.Unregister();
            _registration = default;
            _cancellation = default;
        }

        if (Interlocked.Exchange(ref _use, Unused) == FlushingThenFinishing)
        {
            if (_first is not null)
            {
                // Completed, and cancelled too: given up, so the peer must not take what it got for the whole.
                _connection.Abort(new ConnectionAbortedException("The output was completed while its flush was cancelled."));
            }

            Finish();
        }
    }

    // Returns false when the flush now waits: from then on its fields belong to whoever resumes it.
    private bool TryProceed(out FlushResult result, out Exception? error)
    {
        result = default;
        error = null;
        for (bool isLowered = false; ; isLowered = !isLowered)
        {
            if (TrySend())
            {
                result = new FlushResult(TakeCancelRequest(), _isBroken);
                return true;
            }

            if (TakeCancelRequest())
            {
                KeepDirect();
                result = new FlushResult(isCanceled: true, isCompleted: false);
                return true;
            }

            if (_cancellation.IsCancellationRequested)
            {
                KeepDirect();
                error = new OperationCanceledException(_cancellation);
                return true;
            }

            if (!isLowered)
            {
                _signal.Lower();
            }
            else if (_signal.TryAwait())
            {
                return false;
            }
        }
    }

    // Sends what is gathered, then what the caller holds. Returns false when the operating system has no room.
    private bool TrySend()
    {
        while (_first is { } block)
        {
            if (!TrySend(block.Memory[_sent..], out int sent))
            {
                _sent += sent;
                return false;
            }

            _sent = 0;
            _first = block.NextBlock;
            _unflushed -= block.Length;
            block.Return();
        }

        _last = null;
        if (_direct.IsEmpty)
        {
            return true;
        }

        bool isSent = TrySend(_direct, out int count);
        _direct = isSent ? default : _direct[count..];
        return isSent;
    }

    private bool TrySend(ReadOnlyMemory<byte> bytes, out int sent)
    {
        sent = 0;
        while (sent < bytes.Length && !_isBroken)
        {
            int most = _connection.KeepsBoundaries ? PacketSocket.MostSentBytes : int.MaxValue;
            int count = _connection.Send(bytes.Span[sent..][..Math.Min(bytes.Length - sent, most)], out SocketError status);
            if (status == SocketError.WouldBlock)
            {
                return false;
            }

            _isBroken = status != SocketError.Success;
            sent += count;
        }

        return true;
    }

    private bool TakeCancelRequest() => _isCancelRequested != 0 && Interlocked.Exchange(ref _isCancelRequested, 0) != 0;

    // The caller takes its memory back, but the bytes were written and are not to be lost.
    private void KeepDirect()
    {
        ReadOnlyMemory<byte> rest = _direct;
        _direct = default;
        if (!rest.IsEmpty)
        {
            Gather(rest.Span);
        }
    }

    private void Gather(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length).Span);
        Advance(bytes.Length);
    }

    private Memory<byte> Reserve(int sizeHint)
    {
        if (_last is null || _last.Free.Length < Math.Max(sizeHint, 1))
        {
            Block next = sizeHint > BlockPool.BlockBytes
                ? new Block(pool: null, GC.AllocateUninitializedArray<byte>(sizeHint))
                : _connection.Loop.Blocks.Rent();
            _last?.Append(next);
            _first ??= next;
            _last = next;
        }

        return _last.Free;
    }

    private async Task FinishAsync()
    {
        try
        {
            while (!(await SendAsync(CancellationToken.None).ConfigureAwait(false)).IsCompleted && _first is not null)
            {
                // A cancelled flush leaves a rest; the end of the stream comes behind it.
            }
        }
        catch (Exception exception)
        {
            // Nobody waits for this task. Whoever waits for the end gets it, and the peer hears that it is none.
            _connection.Abort(new ConnectionAbortedException(exception.Message, exception));
        }

        Finish();
    }

    private void Finish()
    {
        _connection.FinishSending();
        _finished!.TrySetResult();
    }

    private void ThrowIfNotWritable()
    {
        if (_isCompleted)
        {
            throw new InvalidOperationException("The writer was completed; it writes no more.");
        }

        if (Volatile.Read(ref _use) != Unused)
        {
            throw new InvalidOperationException("A flush is pending; what follows must wait for it.");
        }
    }
}

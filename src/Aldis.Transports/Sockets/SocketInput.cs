using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Aldis.Transports.Packets;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Sockets;

/// <summary>
/// What the peer sends, received when the application asks and not before: what it does not read stays in the operating system,
/// whose flow control holds the peer back. While nothing is there no block is held; a small rest that the application did not
/// consume waits in memory of its own size.
/// </summary>
internal sealed class SocketInput : PipeReader, IValueTaskSource<ReadResult>, IThreadPoolWorkItem
{
    // A rest up to this size is moved out of its block while the next bytes are waited for.
    private const int MaxParkedBytes = 4096;

    // Receiving into less than this is not worth a call; a new block follows instead.
    private const int MinReceiveBytes = 4096;

    // After so many receives in a row the loop's other sockets have a turn.
    private const int ReceivesPerTurn = 16;

    private readonly SocketConnection _connection;
    private ManualResetValueTaskSourceCore<ReadResult> _source;
    private ReadinessSignal _signal;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private Block? _first;
    private Block? _last;
    private int _consumed;
    private int _receivesLeft;
    private bool _hasUnexamined;
    private bool _isEnded;
    private volatile bool _isReading;
    private bool _isCompleted;
    private bool _isHeldBack;
    private volatile bool _isLast;
    private int _isCancelRequested;
    private Exception? _error;

    /// <summary>Makes the input of a connection.</summary>
    /// <param name="connection">Whose socket is read.</param>
    public SocketInput(SocketConnection connection) => _connection = connection;

    /// <summary>Whose it is.</summary>
    public SocketConnection Connection => _connection;

    /// <summary>Whether a read waits. By any thread.</summary>
    public bool IsReading => _isReading;

    /// <summary>Whether both directions are over, so that nothing more can come but word of the end; set before that is reported.</summary>
    public bool IsOver { get; set; }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfNotReadable();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        _source.Reset();
        short version = _source.Version;
        _isReading = true;
        _cancellation = cancellationToken;
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static input => ((SocketInput)input!).WakeElsewhere(), this);
        }

        if (!TryProceed(out ReadResult result, out Exception? error))
        {
            return new ValueTask<ReadResult>(this, version);
        }

        EndRead();
        return error is null ? new ValueTask<ReadResult>(result) : ValueTask.FromException<ReadResult>(error);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        ThrowIfNotReadable();
        if (TryTake(out result, out Exception? error))
        {
            return error is null ? true : throw error;
        }

        if (!_signal.IsRaised && !_isHeldBack)
        {
            return false;
        }

        _signal.Lower();
        if (!TryAllow(out int most))
        {
            return false;
        }

        Receive(most);
        return TryTake(out result, out error) && (error is null ? true : throw error);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_isReading)
        {
            throw new InvalidOperationException("A read is pending; what it will return cannot be consumed yet.");
        }

        if (_first is null || consumed.GetObject() is not Block consumedBlock)
        {
            return;
        }

        _hasUnexamined = examined.GetObject() != _last || examined.GetInteger() != _last!.Length;
        while (_first != consumedBlock)
        {
            if (_first is null)
            {
                throw new InvalidOperationException("The position is not in what the last read returned.");
            }

            ReturnFirst();
        }

        _consumed = consumed.GetInteger();
        if (_consumed == _first.Length)
        {
            ReturnFirst();
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
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
        if (_isReading)
        {
            // The reader is gone while its read is pending: the blocks belong to that read and go with the connection.
            WakeElsewhere();
            return;
        }

        while (_first is not null)
        {
            ReturnFirst();
        }
    }

    /// <summary>Takes a report that there is something to receive.</summary>
    /// <param name="isLast">Whether the peer will send nothing more, so that no further report may come.</param>
    public void OnReadable(bool isLast)
    {
        if (isLast)
        {
            _isLast = true;
        }

        if (_signal.Raise())
        {
            Resume();
        }
    }

    /// <summary>Lets a pending read look again, on the thread pool, because the caller may hold locks or block.</summary>
    public void WakeElsewhere()
    {
        if (_signal.Raise())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => Resume();

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    // Runs on one thread at a time: the one that took the waiting read over from the signal.
    private void Resume()
    {
        _receivesLeft = ReceivesPerTurn;
        if (!TryProceed(out ReadResult result, out Exception? error))
        {
            return;
        }

        EndRead();
        if (error is null)
        {
            _source.SetResult(result);
        }
        else
        {
            _source.SetException(error);
        }
    }

    private void EndRead()
    {
        if (_cancellation.CanBeCanceled)
        {
            // Not Dispose, which would wait for a callback that may be running; a late one only makes the next read look once more.
            _registration.Unregister();
            _registration = default;
            _cancellation = default;
        }

        _isReading = false;
    }

    // Returns false when the read now waits: from then on its fields belong to whoever resumes it.
    private bool TryProceed(out ReadResult result, out Exception? error)
    {
        while (!TryTake(out result, out error))
        {
            if (_signal.IsRaised || _isHeldBack)
            {
                _signal.Lower();
                if (!TryAllow(out int most))
                {
                    Park();
                    if (_signal.TryAwait())
                    {
                        return false;
                    }
                }
                else if (--_receivesLeft >= 0 || !_connection.Loop.IsCurrent)
                {
                    Receive(most);
                }
                else if (_signal.TryAwait())
                {
                    _connection.Loop.Defer(this);
                    return false;
                }

                continue;
            }

            Park();
            if (_signal.TryAwait())
            {
                return false;
            }
        }

        return true;
    }

    private bool TryTake(out ReadResult result, out Exception? error)
    {
        result = default;
        error = null;
        if (_isCancelRequested != 0 && Interlocked.Exchange(ref _isCancelRequested, 0) != 0)
        {
            result = new ReadResult(GetBuffer(), isCanceled: true, isCompleted: _isEnded);
        }
        else if (_cancellation.IsCancellationRequested)
        {
            error = new OperationCanceledException(_cancellation);
        }
        else if ((_connection.AbortReason ?? _error) is { } failure)
        {
            error = failure;
        }
        else if (_hasUnexamined || _isEnded || _isCompleted)
        {
            result = new ReadResult(GetBuffer(), isCanceled: false, isCompleted: _isEnded || _isCompleted);
        }
        else
        {
            return false;
        }

        return true;
    }

    // What is there stays in the operating system, whose report of it is used up, until the budget has the read go on.
    private bool TryAllow(out int most)
    {
        most = int.MaxValue;
        if (_connection.Account.IsScarce && !IsOver)
        {
            _connection.Account.SpareBytes = SpareBytes;
            most = _connection.Account.AllowReceive();
        }

        _isHeldBack = most == 0;
        return !_isHeldBack;
    }

    private int SpareBytes => _last is { Capacity: BlockPool.BlockBytes } last && last.Free.Length >= MinReceiveBytes ? last.Free.Length : 0;

    private ReadOnlySequence<byte> GetBuffer() =>
        _first is null ? default : new ReadOnlySequence<byte>(_first, _consumed, _last!, _last!.Length);

    private void Receive(int most)
    {
        Block block;
        try
        {
            block = PrepareLast();
        }
        catch (OutOfMemoryException exception)
        {
            // It costs this connection. What the runtime has left is for the others, and for saying so.
            _error = new IOException(exception.Message, exception);
            return;
        }

        // A part of a packet cannot be taken.
        int room = _connection.KeepsBoundaries ? block.Free.Length : Math.Min(block.Free.Length, most);
        int count = _connection.Receive(block.Free.Span[..room], out SocketError status);
        if (status == SocketError.Success && count > 0)
        {
            block.Commit(count);
            _hasUnexamined = true;
            if (count == room || _isLast || _connection.KeepsBoundaries)
            {
                // Not proved empty: only a receive of a stream that ends short, with more to come, is followed by another report.
                _signal.Raise();
            }

            return;
        }

        if (block.Length == 0)
        {
            RemoveEmptyLast();
        }

        if (status == SocketError.Success)
        {
            _isEnded = true;
        }
        else if (status != SocketError.WouldBlock)
        {
            _error = SocketConnection.ToException(status);
        }
    }

    // Gives a block with room at the end of the chain.
    private Block PrepareLast()
    {
        if (_last is { } last)
        {
            bool isParked = last.Capacity < BlockPool.BlockBytes;
            if (!isParked && last.Free.Length >= (_connection.KeepsBoundaries ? PacketSocket.MostSentBytes : MinReceiveBytes))
            {
                return last;
            }

            Block next = Rent();
            if (isParked)
            {
                ReplaceOnly(next);
            }
            else
            {
                last.Append(next);
                _last = next;
            }

            return next;
        }

        _consumed = 0;
        return _first = _last = Rent();
    }

    private Block Rent()
    {
        Block block = _connection.Loop.Blocks.Rent();
        _connection.Account.Add(block.Capacity);
        return block;
    }

    private void Return(Block block)
    {
        _connection.Account.Add(-block.Capacity);
        block.Return();
    }

    // Holds a small rest in memory of its own size, so that a peer that stops in the middle of a frame costs little.
    private void Park()
    {
        if (_first is null)
        {
            return;
        }

        if (_first != _last || _first.Capacity < BlockPool.BlockBytes || _first.Length - _consumed > MaxParkedBytes)
        {
            _connection.Account.SpareBytes = SpareBytes;
            _connection.Account.Settle();
            return;
        }

        var parked = new Block(pool: null, GC.AllocateUninitializedArray<byte>(_first.Length - _consumed));
        _connection.Account.Add(parked.Capacity);
        ReplaceOnly(parked);
    }

    private void ReplaceOnly(Block block)
    {
        ReadOnlySpan<byte> rest = _first!.Memory.Span[_consumed..];
        rest.CopyTo(block.Free.Span);
        block.Commit(rest.Length);
        Return(_first);
        _first = _last = block;
        _consumed = 0;
    }

    private void ReturnFirst()
    {
        Block first = _first!;
        _first = first.NextBlock;
        _consumed = 0;
        if (_first is null)
        {
            _last = null;
            _hasUnexamined = false;
        }

        Return(first);
    }

    private void RemoveEmptyLast()
    {
        Block empty = _last!;
        if (_first == empty)
        {
            _first = _last = null;
        }
        else
        {
            Block before = _first!;
            while (before.NextBlock != empty)
            {
                before = before.NextBlock!;
            }

            before.Detach();
            _last = before;
        }

        Return(empty);
    }

    private void ThrowIfNotReadable()
    {
        if (_isCompleted)
        {
            throw new InvalidOperationException("The reader was completed; it reads no more.");
        }

        if (_isReading)
        {
            throw new InvalidOperationException("A read is pending; there is one reader.");
        }
    }
}

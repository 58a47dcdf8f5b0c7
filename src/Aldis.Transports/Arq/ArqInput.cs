using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Aldis.Protocols.Arq;
using Aldis.Transports.Datagrams;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Arq;

/// <summary>
/// What the peer sent, read in place out of the engine's receive window: nothing is copied, an idle connection holds no memory, and
/// what the application has consumed is the credit the peer gets.
/// </summary>
internal sealed class ArqInput : PipeReader, IValueTaskSource<ReadResult>, IResumable
{
    // Shown at once at most, unless a reader saw that much and asks for more: a window may have many thousand segments.
    private const long MostShown = 1 << 20;

    private readonly ArqTransportConnection _connection;
    private ManualResetValueTaskSourceCore<ReadResult> _source;
    private ReadResult _result;
    private Exception? _failure;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private ReceivedSegment? _first;
    private ReceivedSegment? _last;
    private long _consumed;
    private long _examined;
    private long _shown;
    private volatile bool _isWaiting;
    private bool _isCancelRequested;
    private bool _isCompleted;

    /// <summary>Makes the input of a connection.</summary>
    /// <param name="connection">Whose bytes are read.</param>
    public ArqInput(ArqTransportConnection connection) => _connection = connection;

    private ArqConnection Engine => _connection.Engine;

    private ArqDriver Driver => _connection.Driver;

    private long Available => _consumed + Engine.ReadableBytes;

    /// <summary>Whether a read waits. By any thread.</summary>
    public bool IsReading => _isWaiting;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        return Driver.Do((Input: this, Token: cancellationToken), static read => read.Input.Read(read.Token));
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        (bool isRead, result, Exception? failure) = Driver.Do(this, static input =>
        {
            ReadResult result = default;
            Exception? failure = input.DescribeMisuse();
            bool isRead = failure is null && input.TryTake(out result, out failure);
            return (isRead, result, failure);
        });
        return failure is null ? isRead : throw failure;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (consumed.GetObject() is not ReceivedSegment consumedIn || examined.GetObject() is not ReceivedSegment examinedIn)
        {
            return;
        }

        long consumedTo = consumedIn.RunningIndex + consumed.GetInteger();
        long examinedTo = examinedIn.RunningIndex + examined.GetInteger();
        if (Driver.Do(
                (Input: this, ConsumedTo: consumedTo, ExaminedTo: examinedTo),
                static advance => advance.Input.Advance(advance.ConsumedTo, advance.ExaminedTo)) is { } misuse)
        {
            throw misuse;
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => Driver.Do(this, static input =>
    {
        input._isCancelRequested = true;
        input.OnReadable();
    });

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => Driver.Do(this, static input =>
    {
        if (!input._isCompleted)
        {
            input._isCompleted = true;

            // A read that is pending ends, and is shown nothing: what is unread is given back.
            input.OnReadable();
            input.ConsumeRest();
        }
    });

    /// <summary>Something came, or the connection ended. Under the driver's lock.</summary>
    public void OnReadable()
    {
        if (_isWaiting)
        {
            if (!TryTake(out _result, out _failure))
            {
                Engine.AskForMore();
                return;
            }

            _isWaiting = false;
            _cancellation = default;
            Driver.Resume(this);
        }
        else if (_isCompleted)
        {
            // Nobody reads any more; the peer may finish all the same.
            ConsumeRest();
        }
    }

    bool IResumable.IsRead => true;

    void IResumable.Resume()
    {
        (ReadResult result, Exception? failure) = (_result, _failure);
        _result = default;
        _failure = null;

        // Not Dispose, which would wait for a callback that may be running; a late one only looks once more.
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

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Look() => Driver.Do(this, static input => input.OnReadable());

    private ValueTask<ReadResult> Read(CancellationToken cancellationToken)
    {
        if (DescribeMisuse() is { } misuse)
        {
            return ValueTask.FromException<ReadResult>(misuse);
        }

        if (TryTake(out ReadResult result, out Exception? failure))
        {
            return failure is null ? new ValueTask<ReadResult>(result) : ValueTask.FromException<ReadResult>(failure);
        }

        _source.Reset();
        _isWaiting = true;
        Engine.AskForMore();
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken;
            _registration = cancellationToken.UnsafeRegister(static input => ((ArqInput)input!).Look(), this);
        }

        return new ValueTask<ReadResult>(this, _source.Version);
    }

    private InvalidOperationException? Advance(long consumedTo, long examinedTo)
    {
        if (_isCompleted)
        {
            return new("The reader was completed; the memory of what it read is given back.");
        }

        if (_isWaiting)
        {
            return new("A read is pending; what it will return cannot be consumed yet.");
        }

        if (consumedTo < _consumed || consumedTo > _shown)
        {
            return new("The position is not in what the last read returned.");
        }

        if (!Driver.HasFailed)
        {
            _examined = Math.Max(examinedTo, consumedTo);
            Consume(consumedTo);
        }

        return null;
    }

    private bool TryTake(out ReadResult result, out Exception? failure)
    {
        result = default;
        failure = null;
        if (_isCancelRequested)
        {
            _isCancelRequested = false;
            result = Driver.HasFailed ? new ReadResult(default, isCanceled: true, isCompleted: false)
                : new ReadResult(Show(), isCanceled: true, IsAllShown);
            return true;
        }

        if (_cancellation.IsCancellationRequested)
        {
            failure = new OperationCanceledException(_cancellation);
            return true;
        }

        // After an abort of ours, or a defect, nothing is read; what came before a reset by the peer is.
        bool isAborted = _connection.Failure is ConnectionAbortedException || Driver.HasFailed;
        if (!isAborted && !_isCompleted && (Available > _examined || Engine.IsPeerFinished))
        {
            result = new ReadResult(Show(), isCanceled: false, IsAllShown);
            return true;
        }

        // The end of the peer's bytes is told only where it is one, not to a read whose reader was completed meanwhile.
        failure = _connection.Failure ?? (_isCompleted ? new IOException("The reader was completed while a read was pending.") : null);
        return failure is not null;
    }

    private bool IsAllShown => Engine.IsPeerFinished && _shown == Available;

    private ReadOnlySequence<byte> Show()
    {
        long end = Math.Min(Available, Math.Max(_examined, _consumed) + MostShown);
        while (_shown < end)
        {
            ReadOnlyMemory<byte> bytes = Engine.Peek(_shown - _consumed);
            if (_last is null || !_last.TryExtend(bytes))
            {
                var segment = new ReceivedSegment(_shown, bytes);
                _last?.Append(segment);
                _first ??= segment;
                _last = segment;
            }

            _shown = _last.End;
        }

        return _first is null
            ? default
            : new ReadOnlySequence<byte>(_first, (int)(_consumed - _first.RunningIndex), _last!, _last!.Memory.Length);
    }

    private void Consume(long consumedTo)
    {
        long count = consumedTo - _consumed;
        while (count > 0)
        {
            int part = (int)Math.Min(count, int.MaxValue);
            Engine.Advance(part, MonotonicClock.NowNs);
            count -= part;
        }

        _consumed = consumedTo;
        _shown = Math.Max(_shown, consumedTo);
        while (_first is not null && _first.End <= consumedTo)
        {
            _first = _first.NextSegment;
        }

        _last = _first is null ? null : _last;
    }

    // After the end the memory goes back with the connection, and the engine may be what failed.
    private void ConsumeRest()
    {
        if (!_connection.IsEnded)
        {
            Consume(Available);
        }
    }

    private InvalidOperationException? DescribeMisuse() => (_isCompleted, _isWaiting) switch
    {
        (true, _) => new("The reader was completed; it reads no more."),
        (_, true) => new("A read is pending; there is one reader."),
        _ => null,
    };
}

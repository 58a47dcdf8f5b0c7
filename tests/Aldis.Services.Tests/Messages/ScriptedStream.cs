using Aldis.Services.Clients;
using Aldis.Transports;

namespace Aldis.Services.Tests.Messages;

/// <summary>A client's connection to a <see cref="ScriptedServer"/>: a line of some rate, and buffers of some size.</summary>
internal sealed class ScriptedStream(VirtualWorld world, int? rate, int bufferBytes, Action<ScriptedStream> arrived, Func<bool> isFrozen)
    : IClientStream
{
    private readonly Queue<byte> _answers = [];
    private readonly Queue<byte> _onTheWay = [];
    private TaskCompletionSource<int>? _reading;
    private Memory<byte> _room;
    private TaskCompletionSource? _writing;
    private ReadOnlyMemory<byte> _rest;
    private bool _isBroken;
    private bool _isMoving;

    /// <summary>What the server has and did not look at.</summary>
    public List<byte> Arrived { get; } = [];

    public bool IsClosed { get; private set; }

    public long WrittenBytes { get; private set; }

    public long HeldBytes => _onTheWay.Count;

    public void Say(byte[] bytes)
    {
        foreach (byte one in bytes)
        {
            _answers.Enqueue(one);
        }

        GiveAnswers();
    }

    public void Drip(byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            byte one = bytes[i];
            world.At(world.Now + TimeSpan.FromSeconds(i + 1), () => Say([one]));
        }
    }

    /// <summary>The server closes in order.</summary>
    public void Close()
    {
        IsClosed = true;
        GiveAnswers();
    }

    /// <summary>The connection is reset.</summary>
    public void Break()
    {
        (IsClosed, _isBroken) = (true, true);
        GiveAnswers();
        _writing?.TrySetException(Broken());
    }

    public void Abort() => Break();

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, timeout);
        if (_isBroken)
        {
            return ValueTask.FromException(Broken());
        }

        _rest = bytes;
        _writing = new TaskCompletionSource();
        Take();
        return new ValueTask(_writing.Task);
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, timeout);
        _room = buffer;
        var reading = new TaskCompletionSource<int>();
        _reading = reading;
        cancellationToken.UnsafeRegister(source => ((TaskCompletionSource<int>)source!).TrySetCanceled(cancellationToken), reading);
        GiveAnswers();
        return new ValueTask<int>(reading.Task);
    }

    public ValueTask DisposeAsync()
    {
        IsClosed = true;
        return ValueTask.CompletedTask;
    }

    private static CommunicationException Broken() => new(CommunicationFailure.Network, "the connection was reset");

    private void GiveAnswers()
    {
        if (_reading is not { Task.IsCompleted: false } reading)
        {
            return;
        }

        if (_answers.Count > 0)
        {
            int count = Math.Min(_answers.Count, _room.Length);
            for (int i = 0; i < count; i++)
            {
                _room.Span[i] = _answers.Dequeue();
            }

            reading.TrySetResult(count);
        }
        else if (_isBroken)
        {
            reading.TrySetException(Broken());
        }
        else if (IsClosed)
        {
            reading.TrySetResult(0);
        }
    }

    /// <summary>The system takes what its buffer has room for.</summary>
    public void Take()
    {
        int room = bufferBytes - _onTheWay.Count - (isFrozen() ? Arrived.Count : 0);
        int count = Math.Clamp(room, 0, _rest.Length);
        foreach (byte one in _rest.Span[..count])
        {
            _onTheWay.Enqueue(one);
        }

        _rest = _rest[count..];
        WrittenBytes += count;
        if (_rest.IsEmpty)
        {
            _writing?.TrySetResult();
        }

        Move();
        if (count > 0 && rate is null && !_rest.IsEmpty)
        {
            Take();
        }
    }

    private void Move()
    {
        if (rate is not { } bytesPerSecond)
        {
            Arrive(_onTheWay.Count);
        }
        else if (!_isMoving && _onTheWay.Count > 0)
        {
            _isMoving = true;
            world.At(world.Now + TimeSpan.FromMilliseconds(100), () =>
            {
                _isMoving = false;
                Arrive(Math.Min(_onTheWay.Count, bytesPerSecond / 10));
                Take();
            });
        }
    }

    private void Arrive(int count)
    {
        while (count-- > 0)
        {
            Arrived.Add(_onTheWay.Dequeue());
        }

        arrived(this);
    }
}

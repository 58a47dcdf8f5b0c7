using Aldis.Protocols.Arq;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>What the explorer may do next.</summary>
internal enum ExplorerMove : byte
{
    Deliver,
    Drop,
    Duplicate,
    FireTimer,
}

/// <summary>One move: what, and on which waiting datagram of which direction.</summary>
internal readonly record struct ExplorerStep(ExplorerMove Move, int Direction, int Index);

/// <summary>How often each fault may happen on one path.</summary>
internal readonly record struct ExplorerBounds(int Drops, int Duplicates, int Timers);

/// <summary>
/// Two real engines joined by two bags of datagrams, on a clock that moves only when a timer is fired. The client sends three frames
/// and the end of its stream, the server the end of its own. Everything is checked after every step.
/// </summary>
internal sealed class ExplorerModel
{
    public const long EpochNs = 1_000_000_000_000_000;
    private const int Frames = 3;
    private const int FrameBytes = 8;
    private const int BagLimit = 4;
    private const int CompletionSteps = 400;
    private const long OneWayNs = 1_000_000;
    private static readonly byte[] Secret = new byte[32];
    private static readonly PathKey[] Addresses = [PathKey.To([10, 0, 0, 1], 1), PathKey.To([10, 0, 0, 2], 2)];

    private readonly EndpointSeam[] _engines;
    private readonly ArqConnection?[] _connections = new ArqConnection?[2];
    private readonly List<byte[]>[] _bags = [[], []];
    private readonly long[] _received = new long[2];
    private readonly bool[] _ended = new bool[2];
    private readonly bool[] _closed = new bool[2];
    private readonly byte[] _buffer = new byte[65_507];
    private readonly StreamPattern _pattern;
    private ExplorerBounds _left;
    private long _nowNs = EpochNs;

    public ExplorerModel(
        ConnectionOptions options, ExplorerBounds bounds, StreamPattern pattern, Func<ArqEndpoint, EndpointSeam>? breakServer)
    {
        _left = bounds;
        _pattern = pattern;
        var server = new ArqEndpoint(new EndpointOptions { Accept = options, MaxSegments = 1 }, new SeededArqRandom(2), Secret);
        var client = new ArqEndpoint(new EndpointOptions { MaxSegments = 1 }, new SeededArqRandom(1), Secret);
        _engines = [new EndpointSeam(client), breakServer?.Invoke(server) ?? new EndpointSeam(server)];
        Open(options);
    }

    public bool IsOver => _closed[0] && _closed[1];

    /// <summary>Every step that is possible now.</summary>
    public List<ExplorerStep> Moves()
    {
        List<ExplorerStep> moves = [];
        for (int direction = 0; direction < 2; direction++)
        {
            for (int i = 0; i < Math.Min(BagLimit, _bags[direction].Count); i++)
            {
                AddMoves(moves, direction, i);
            }
        }

        if (_left.Timers > 0 && NextDeadlineNs() != long.MaxValue)
        {
            moves.Add(new ExplorerStep(ExplorerMove.FireTimer, 0, 0));
        }

        return moves;
    }

    public void Take(ExplorerStep step)
    {
        switch (step.Move)
        {
            case ExplorerMove.Deliver:
                Deliver(step.Direction, step.Index, keeps: false);
                break;
            case ExplorerMove.Duplicate:
                _left = _left with { Duplicates = _left.Duplicates - 1 };
                Deliver(step.Direction, step.Index, keeps: true);
                break;
            case ExplorerMove.Drop:
                _left = _left with { Drops = _left.Drops - 1 };
                _bags[step.Direction].RemoveAt(step.Index);
                break;
            default:
                _left = _left with { Timers = _left.Timers - 1 };
                FireTimer();
                break;
        }
    }

    public ulong Hash(StateHash hash)
    {
        ulong state = hash.Of(_connections[0], _connections[1]);
        foreach (List<byte[]> bag in _bags)
        {
            ulong sum = 0; // a bag has no order
            foreach (byte[] datagram in bag)
            {
                sum += HashOf(datagram);
            }

            state = (state ^ sum) * 0x9E3779B97F4A7C15;
        }

        return state ^ (ulong)HashCode.Combine(_left, _received[0], _received[1], _ended[0], _ended[1]);
    }

    /// <summary>Plays on without faults: whatever waits is delivered, and if nothing waits a timer fires.</summary>
    /// <returns>Whether both ends closed in order.</returns>
    public bool Complete()
    {
        for (int i = 0; i < CompletionSteps && !IsOver; i++)
        {
            int direction = _bags[0].Count > 0 ? 0 : 1;
            if (_bags[direction].Count > 0)
            {
                Deliver(direction, 0, keeps: false);
            }
            else if (NextDeadlineNs() != long.MaxValue)
            {
                FireTimer();
            }
        }

        return IsOver;
    }

    private void AddMoves(List<ExplorerStep> moves, int direction, int index)
    {
        moves.Add(new ExplorerStep(ExplorerMove.Deliver, direction, index));
        if (_left.Drops > 0)
        {
            moves.Add(new ExplorerStep(ExplorerMove.Drop, direction, index));
        }

        if (_left.Duplicates > 0)
        {
            moves.Add(new ExplorerStep(ExplorerMove.Duplicate, direction, index));
        }
    }

    /// <summary>Opens the connection without faults, a round trip of 2 ms, and then writes everything at once.</summary>
    private void Open(ConnectionOptions options)
    {
        _connections[0] = _engines[0].Endpoint.Connect(Addresses[1], options, _nowNs);
        Settle();
        while (_connections[1] is null || _bags[0].Count + _bags[1].Count > 0)
        {
            int direction = _bags[0].Count > 0 ? 0 : 1;
            _nowNs += OneWayNs;
            Deliver(direction, 0, keeps: false);
        }

        _connections[0]!.Write(_pattern.At(0, Frames * FrameBytes), _nowNs);
        _connections[0]!.Finish(_nowNs);
        _connections[1]!.Finish(_nowNs);
        Settle();
    }

    private void Deliver(int direction, int index, bool keeps)
    {
        byte[] datagram = _bags[direction][index];
        if (!keeps)
        {
            _bags[direction].RemoveAt(index);
        }

        int to = 1 - direction;
        _engines[to].OnDatagram(Addresses[direction], datagram, datagram.Length, _nowNs);
        Settle();
    }

    private void FireTimer()
    {
        _nowNs = Math.Max(_nowNs, NextDeadlineNs());
        foreach (EndpointSeam engine in _engines)
        {
            if (engine.NextDeadlineNs <= _nowNs)
            {
                engine.OnTimer(_nowNs);
            }
        }

        Settle();
    }

    private long NextDeadlineNs() => Math.Min(_engines[0].NextDeadlineNs, _engines[1].NextDeadlineNs);

    private void Settle()
    {
        for (int side = 0; side < 2; side++)
        {
            bool did;
            do
            {
                did = false;
                while (_engines[side].TryGetTransmit(_buffer, _nowNs, out Transmit transmit))
                {
                    _bags[side].Add(_buffer.AsSpan(0, transmit.Length).ToArray());
                    did = true;
                }

                did |= TakeEvents(side);
                did |= Read(side);
            }
            while (did);

            _engines[side].CheckInvariants();
        }

        CheckStreams();
    }

    private bool TakeEvents(int side)
    {
        bool did = false;
        while (_engines[side].TryGetEvent(out ArqEvent occurred))
        {
            did = true;
            _connections[side] ??= occurred.Connection;
            _closed[side] |= occurred.Kind == ArqEventKind.Closed;
            if (occurred.Kind == ArqEventKind.Accepted && occurred.Connection != _connections[side])
            {
                throw new PropertyViolationException(Property.DeliveredIsAPrefix, "one opening was accepted twice");
            }

            if (occurred.Kind == ArqEventKind.Reset)
            {
                throw new PropertyViolationException(Property.TransfersFinish, $"reset by {occurred.Code}");
            }
        }

        return did;
    }

    private bool Read(int side)
    {
        if (_connections[side] is not { } connection || _ended[side])
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Frames * FrameBytes * 2];
        int count = _engines[side].Read(connection, bytes, _nowNs);
        _ended[side] = count < 0;
        if (count > 0 && !_pattern.Matches(_received[side], bytes[..count]))
        {
            throw new PropertyViolationException(Property.DeliveredIsAPrefix, $"{count} wrong bytes at {_received[side]}");
        }

        _received[side] += Math.Max(0, count);
        return count != 0;
    }

    private void CheckStreams()
    {
        bool isComplete = (!_ended[1] || _received[1] == Frames * FrameBytes) && _received[0] == 0;
        if (!isComplete || _received[1] > Frames * FrameBytes)
        {
            throw new PropertyViolationException(Property.EndOfStreamIsComplete, $"{_received[1]} bytes, ended {_ended[1]}");
        }

        for (int side = 0; side < 2; side++)
        {
            if (_closed[side] && !_ended[side])
            {
                throw new PropertyViolationException(Property.EndOfStreamIsComplete, "closed in order before the end of the stream");
            }
        }

        if (_connections[0] is { } client && client.Stats.BytesAcknowledged > _received[1])
        {
            throw new PropertyViolationException(
                Property.NothingIsFreedEarly, $"freed {client.Stats.BytesAcknowledged}, delivered {_received[1]}");
        }
    }

    private static ulong HashOf(byte[] datagram)
    {
        var hash = new HashCode();
        hash.AddBytes(datagram);
        return (ulong)(uint)hash.ToHashCode() * 0xBF58476D1CE4E5B9;
    }
}

using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// Two real engines joined by two bags of datagrams. The client sends three frames and the end of its stream, the server the end of its
/// own. Each end has a clock of its own, which moves only when a timer of that end fires. What the network may do in between,
/// <see cref="ExplorerNetwork"/> says.
/// </summary>
internal sealed class ExplorerModel
{
    public const int Frames = 3;
    public const int FrameBytes = 8;
    private const long EpochNs = 1_000_000_000_000_000;

    /// <summary>Only timers this near are fired as a fault: those beyond watch for a silence of seconds and more, and those of minutes
    /// end a connection with an error by intention. Delays of acknowledgements, told in microseconds, stay 0.</summary>
    private const long NearNs = 100;

    /// <summary>The round trip of the opening. The engines then expect 2 ns, give up a packet that was overtaken after 2 ns and send
    /// again after 6 ns, and samples of 0 ns (taken as 1) or of 6 ns leave the estimates as they are, rounding down.</summary>
    private const long OpeningNs = 2;

    public static readonly PathKey ClientAddress = PathKey.To([10, 0, 0, 1], 1);

    /// <summary>More than the longest silence an engine bears.</summary>
    private const long PatienceNs = 61_000_000_000;

    private static readonly byte[] Secret = new byte[32];
    private static readonly PathKey[] Addresses = [ClientAddress, PathKey.To([10, 0, 0, 2], 2)];

    private readonly EndpointSeam[] _engines;
    private readonly ArqConnection?[] _connections = new ArqConnection?[2];
    private readonly long[] _nowNs = [EpochNs, EpochNs];
    private readonly ExplorerSide[] _sides;
    private readonly UnderWay _underWay;
    private readonly List<WaitingDatagram> _answers = new(4);
    private readonly StateHash _meanings = new();
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];
    private readonly StreamPattern _pattern;
    private readonly ExplorerSetup _setup;
    private readonly OpeningWatch? _opening;
    private int _written;

    /// <summary>Whether the network loses and copies nothing any more.</summary>
    private bool _isFaultless;

    public ExplorerModel(ExplorerSetup setup, StreamPattern pattern)
    {
        _pattern = pattern;
        _setup = setup;
        ConnectionOptions options = setup.Options;
        _sides = [new ExplorerSide(options, pattern), new ExplorerSide(options, pattern)];
        _underWay = new UnderWay(_connections, _sides, options);
        var server = new ArqEndpoint(new EndpointOptions { Accept = options, MaxSegments = 1 }, new SeededArqRandom(2), Secret);
        var client = new ArqEndpoint(new EndpointOptions { MaxSegments = 1 }, new SeededArqRandom(1), Secret);
        _engines =
        [
            setup.BreakClient?.Invoke(client) ?? new EndpointSeam(client), setup.BreakServer?.Invoke(server) ?? new EndpointSeam(server),
        ];
        _opening = setup.Opening is null ? null : new OpeningWatch(setup.Opening, options, _engines, Addresses, _nowNs);
        Open();
    }

    private bool IsCounted => _setup.Network == ExplorerNetwork.Counted;

    private bool IsAtOnce => _setup.Network == ExplorerNetwork.FreeAtOnce && !_isFaultless;

    public bool IsOver => Array.TrueForAll(_sides, side => side.IsClosed || side.IsReset)
        || (_sides[0].IsReset && _connections[1] is null && _underWay[0].Count == 0);

    /// <summary>All that is under way is lost, and nothing is lost or copied from now on.</summary>
    public void LoseAll()
    {
        _underWay.Clear();
        _isFaultless = true;
    }

    /// <summary>Every step that is possible now, those without a fault first. Equal datagrams are offered once.</summary>
    public void AddMoves(List<ExplorerStep> moves)
    {
        for (int side = 0; side < 2; side++)
        {
            AddDatagramMoves(moves, side, ExplorerMove.Deliver);
            if (IsAtOnce)
            {
                AddDatagramMoves(moves, side, ExplorerMove.Answer);
            }
        }

        if (_written < _setup.Frames)
        {
            moves.Add(new ExplorerStep(ExplorerMove.Write, 0, 0));
        }

        for (int side = 0; side < 2; side++)
        {
            if (_setup.WritesAtAnyTime && _connections[side] is not null && !_sides[side].IsFinished
                && (side == 1 || _written == _setup.Frames))
            {
                moves.Add(new ExplorerStep(ExplorerMove.Finish, side, 0));
            }
        }

        for (int side = 0; side < 2; side++)
        {
            if (_setup.Opening is { MayAbort: true } && _connections[side] is not null && !_sides[side].IsClosed && !_sides[side].IsReset)
            {
                moves.Add(new ExplorerStep(ExplorerMove.Abort, side, 0));
            }

            if (IsCounted)
            {
                AddDatagramMoves(moves, side, ExplorerMove.Drop);
                AddDatagramMoves(moves, side, ExplorerMove.Duplicate);
            }

            if (NextTimerNs(side) != TimerTable.Never)
            {
                moves.Add(new ExplorerStep(ExplorerMove.FireTimer, side, 0));
            }
        }
    }

    public void Take(ExplorerStep step)
    {
        switch (step.Move)
        {
            case ExplorerMove.Deliver:
                Deliver(step.Side, step.Index, keeps: !IsCounted && !_isFaultless);
                break;
            case ExplorerMove.Answer:
                Deliver(step.Side, step.Index, keeps: true);
                Answer(1 - step.Side);
                break;
            case ExplorerMove.Duplicate:
                Deliver(step.Side, step.Index, keeps: true);
                break;
            case ExplorerMove.Drop:
                _underWay[step.Side].RemoveAt(step.Index);
                break;
            case ExplorerMove.Write:
                _connections[0]!.Write(_pattern.At((long)_written * FrameBytes, FrameBytes), _nowNs[0]);
                _written++;
                Settle(0);
                break;
            case ExplorerMove.Finish:
                Finish(step.Side);
                break;
            case ExplorerMove.Abort:
                _sides[step.Side].IsAborted = true;
                _connections[step.Side]!.Abort(ArqCloseCode.Aborted, _nowNs[step.Side]);
                Settle(step.Side);
                break;
            case ExplorerMove.Wait:
                _nowNs[step.Side] += PatienceNs;
                _engines[step.Side].OnTimer(_nowNs[step.Side]);
                Settle(step.Side);
                break;
            default:
                FireTimer(step.Side);
                break;
        }

        _answers.Clear();
        DeliverWhatIsNoNews();
        if (!IsCounted && !_isFaultless)
        {
            _underWay.RemoveRepeats(_meanings, Live());
        }

        _opening?.Check(this, _connections[0]!, _nowNs);
    }

    /// <summary>A number for everything that decides what can still happen.</summary>
    /// <param name="hash">What makes it.</param>
    /// <param name="ends">The number of the same state with nothing under way.</param>
    public ulong Hash(StateHash hash, out ulong ends)
    {
        LiveNumbers[] live = Live();
        hash.Begin();
        hash.Add(_written);
        for (int side = 0; side < 2; side++)
        {
            if (_connections[side] is { } connection)
            {
                hash.Add((long)connection.Key);
                hash.Add(_engines[side].Endpoint, connection, live[side], _nowNs[side]);
            }
            else
            {
                hash.Add(_nowNs[side]); // by which a server takes the age of a cookie
            }

            _sides[side].AddTo(hash);
            hash.Add(live[side].ReceivedBits);
        }

        ulong state = hash.Value;
        ends = state;
        for (int side = 0; side < 2; side++)
        {
            ulong sum = _underWay.Hash(hash, side, live, staysForEver: !IsCounted && !_isFaultless);
            if (sum == 0)
            {
                continue;
            }

            state = (state ^ sum) * 0x9E3779B97F4A7C15;
            state ^= state >> 29;
        }

        return state;
    }

    /// <summary>The next step of playing on without faults: writes and ends, then delivers what waits, and if nothing waits lets a timer
    /// fire.</summary>
    /// <returns>Null if nothing can happen any more.</returns>
    public ExplorerStep? NextWithoutFault()
    {
        if (_written < _setup.Frames)
        {
            return new ExplorerStep(ExplorerMove.Write, 0, 0);
        }

        for (int side = 0; side < 2 && _setup.WritesAtAnyTime; side++)
        {
            if (_connections[side] is not null && !_sides[side].IsFinished)
            {
                return new ExplorerStep(ExplorerMove.Finish, side, 0);
            }
        }

        if (_underWay.Count > 0)
        {
            return new ExplorerStep(ExplorerMove.Deliver, _underWay[0].Count > 0 ? 0 : 1, 0);
        }

        if (_sides[0].IsReset || _sides[1].IsReset)
        {
            return new ExplorerStep(ExplorerMove.Wait, _sides[0].IsReset ? 1 : 0, 0);
        }

        int first = _engines[0].NextDeadlineNs - _nowNs[0] <= _engines[1].NextDeadlineNs - _nowNs[1] ? 0 : 1;
        return _engines[first].NextDeadlineNs == long.MaxValue ? null : new ExplorerStep(ExplorerMove.FireTimer, first, 0);
    }

    /// <summary>A step in words.</summary>
    public string Describe(ExplorerStep step)
    {
        string from = step.Side == 0 ? "client" : "server";
        return step.Move switch
        {
            ExplorerMove.Write => $"the client writes frame {_written}",
            ExplorerMove.Finish => $"the {from} ends its stream",
            ExplorerMove.Wait => $"the {from} loses patience",
            ExplorerMove.Abort => $"the {from} gives up",
            ExplorerMove.FireTimer => $"a timer of the {from} fires",
            ExplorerMove.Drop => $"{_underWay[step.Side][step.Index]} of the {from} is lost",
            ExplorerMove.Duplicate => $"{_underWay[step.Side][step.Index]} of the {from} arrives, and a copy stays under way",
            ExplorerMove.Answer => $"{_underWay[step.Side][step.Index]} of the {from} arrives, and at once the acknowledgement of it",
            _ => $"{_underWay[step.Side][step.Index]} of the {from} arrives",
        };
    }

    private void AddDatagramMoves(List<ExplorerStep> moves, int side, ExplorerMove move)
    {
        List<WaitingDatagram> bag = _underWay[side];
        for (int i = 0; i < bag.Count; i++)
        {
            bool isRepeated = false;
            for (int j = 0; j < i; j++)
            {
                isRepeated |= bag[j] == bag[i];
            }

            if (!isRepeated)
            {
                moves.Add(new ExplorerStep(move, side, i));
            }
        }
    }

    /// <summary>Opens the connection without faults and without time passing; or, if the opening is explored too, leaves the SYN under
    /// way.</summary>
    private void Open()
    {
        _connections[0] = _engines[0].Endpoint.Connect(Addresses[1], _setup.Options, _nowNs[0]);
        _isFaultless = true;
        Settle(0);
        _nowNs[0] += OpeningNs;
        while (_opening is null && (_connections[1] is null || _underWay.Count > 0))
        {
            Deliver(_underWay[0].Count > 0 ? 0 : 1, 0, keeps: false);
        }

        _isFaultless = false;

        if (!_setup.WritesAtAnyTime)
        {
            _written = _setup.Frames;
            _connections[0]!.Write(_pattern.At(0, _written * FrameBytes), _nowNs[0]);
            Finish(0);
        }
    }

    private void Finish(int side)
    {
        _sides[side].IsFinished = true;
        _connections[side]!.Finish(_nowNs[side]);
        Settle(side);
    }

    private void Deliver(int from, int index, bool keeps)
    {
        WaitingDatagram datagram = _underWay[from][index];
        if (!keeps)
        {
            _underWay[from].RemoveAt(index);
        }

        Deliver(from, datagram);
    }

    private void Deliver(int from, WaitingDatagram datagram)
    {
        int to = 1 - from;
        _sides[to].Arrives(datagram, _connections[to]);
        _opening?.Arrives(to, datagram);
        _engines[to].OnDatagram(Addresses[from], datagram.Bytes, datagram.Bytes.Length, _nowNs[to]);
        Settle(to);
    }

    /// <summary>The acknowledgement that an end just sent arrives.</summary>
    private void Answer(int from)
    {
        foreach (WaitingDatagram ack in _answers)
        {
            bool isNews = _underWay.IsNews(ack, 1 - from, Live());
            int others = _underWay[1 - from].Count;
            Deliver(from, ack);
            RequireNoSend(ack, isNews || _underWay[1 - from].Count == others);
        }
    }

    private void FireTimer(int side)
    {
        long before = _nowNs[side];
        long next = NextTimerNs(side);
        _nowNs[side] = Math.Max(before, next == TimerTable.Never ? _engines[side].NextDeadlineNs : next);
        _nowNs[1] += _connections[1] is null ? _nowNs[side] - before : 0; // no timer of its own makes time pass there yet
        _engines[side].OnTimer(_nowNs[side]);
        Settle(side);
    }

    /// <summary>When the next timer fires that the explorer fires as a fault.</summary>
    private long NextTimerNs(int side) => _opening is not null ? OpeningWatch.NextTimerNs(_connections[side])
        : _engines[side].NextDeadlineNs <= _nowNs[side] + NearNs ? _engines[side].NextDeadlineNs : TimerTable.Never;

    /// <summary>
    /// An acknowledgement that says nothing new commutes with every other event, so it is delivered at once and must change nothing.
    /// </summary>
    private void DeliverWhatIsNoNews()
    {
        for (int from = 0; from < 2; from++)
        {
            List<WaitingDatagram> bag = _underWay[from];
            for (int i = bag.Count - 1; i >= 0; i--)
            {
                WaitingDatagram ack = bag[i];
                if (ack.IsRequestOrCookie ? _connections[0]!.State == ConnectionState.SynSent
                    : ack.Type != WireType.Ack || ack.Behind is not null || _underWay.IsNews(ack, 1 - from, Live()))
                {
                    continue;
                }

                int others = _underWay[1 - from].Count;
                bag.RemoveAt(i);
                Deliver(from, ack);
                RequireNoSend(ack, _underWay[1 - from].Count == others || ack.Type == WireType.Syn);
                i = bag.Count;
            }
        }
    }

    private static void RequireNoSend(WaitingDatagram ack, bool holds)
    {
        if (!holds)
        {
            throw new PropertyViolationException(
                Property.StaleAcknowledgementsCauseNoSend, $"{ack} says nothing new and caused a datagram");
        }
    }

    private void Settle(int side)
    {
        bool did;
        do
        {
            did = false;
            while (_engines[side].TryGetTransmit(_buffer, _nowNs[side], out Transmit transmit))
            {
                Send(side, new WaitingDatagram(_buffer.AsSpan(0, transmit.Length)));
                did = true;
            }

            did |= TakeEvents(side);
            did |= _sides[side].Read(_engines[side], _connections[side], _nowNs[side]);
        }
        while (did);

        if (side == 1 && !_setup.WritesAtAnyTime && _sides[1].HasEnded && !_sides[1].IsFinished)
        {
            Finish(1);
            return;
        }

        _engines[side].CheckInvariants();
        if (_connections[0] is { } client && _connections[1] is { } server)
        {
            _sides[0].CheckAgainst(client, server, _sides[1]);
            _sides[1].CheckAgainst(server, client, _sides[0]);
        }
    }

    private void Send(int side, WaitingDatagram datagram)
    {
        _sides[side].Sends(datagram, _connections[side]);
        _opening?.Sends(side, datagram);
        if (IsAtOnce && datagram.Type == WireType.Ack)
        {
            _answers.Add(datagram);
        }
        else if (!IsCounted || _underWay[side].Count < ExplorerSetup.BagLimit)
        {
            _underWay[side].Add(datagram);
        }
    }

    private bool TakeEvents(int side)
    {
        bool did = false;
        while (_engines[side].TryGetEvent(out ArqEvent occurred))
        {
            did = true;
            _opening?.Learns(occurred);
            if (occurred.Kind == ArqEventKind.Accepted && (_connections[side] ?? occurred.Connection) != occurred.Connection)
            {
                throw new PropertyViolationException(Property.DeliveredIsAPrefix, "one opening was accepted twice");
            }

            _connections[side] ??= occurred.Connection;
            _sides[side].Learns(occurred, _sides[1 - side]);
        }

        return did;
    }

    private LiveNumbers[] Live() =>
        [LiveNumbers.Of(_connections[0], _connections[1]), LiveNumbers.Of(_connections[1], _connections[0])];
}

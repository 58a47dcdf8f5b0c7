using System.Buffers;
using System.Text;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>
/// A client with an outbox and a server with a store, joined by connections that deliver any number of bytes at a time and are cut at any
/// byte. Clients and servers restart with what they had persisted and nothing else; an old connection's bytes may arrive after a newer
/// connection was made. Every step is chosen by the seed. A run throws <see cref="InvalidOperationException"/> where a promise is broken.
/// </summary>
internal sealed class LossyWorld : IMessageHistory
{
    private const int Items = 60;
    private const int FaultySteps = 400;
    private const int MaxSteps = 20_000;

    private static readonly MessageSessionOptions Options = new() { Window = 16, MaxLength = 40, RetryMilliseconds = 20 };

    private readonly Random _random;
    private readonly WorldDefect _defect;
    private readonly List<string> _stored = [];
    private readonly List<string> _queued = [];
    private readonly List<LossyConnection> _connections = [];

    private ClientLedger _ledger;
    private MessageSender _sender;
    private SenderState _persisted;
    private LossyConnection? _current;
    private byte[] _unread = [];
    private long _now;
    private int _serverRestarts;
    private long _ackedEarly;

    private LossyWorld(int seed, WorldDefect defect)
    {
        _random = new Random(seed);
        _defect = defect;
        _ledger = new ClientLedger(0, this);
        _sender = StartSender(default);
    }

    /// <summary>Runs a world until everything is acknowledged.</summary>
    public static void Run(int seed, WorldDefect defect = WorldDefect.None)
    {
        LossyWorld world = new(seed, defect);
        int step = 0;
        try
        {
            while (world._sender.End != SenderEnd.Completed)
            {
                Promise(step < MaxSteps, "everything is acknowledged in the end");
                world.Step(isFaulty: step < FaultySteps);
                step++;
            }

            Promise(world._stored.SequenceEqual(Enumerable.Range(1, Items).Select(n => Text(n))), "each message is stored once and in order");
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new InvalidOperationException($"seed {seed}, step {step}, server restarts {world._serverRestarts}: {error.Message}", error);
        }
    }

    public RepeatVerdict Compare(long sequence, in ReadOnlySequence<byte> payload)
    {
        string[] all = [.. _stored, .. _queued];
        return sequence <= all.Length - Options.Window
            ? RepeatVerdict.Forgotten
            : all[sequence - 1] == Encoding.UTF8.GetString(payload) ? RepeatVerdict.Same : RepeatVerdict.Different;
    }

    private static string Text(long item) => $"item {item} " + new string('x', (int)(item * 7 % 29));

    private static void Promise(bool isKept, string promise)
    {
        if (!isKept)
        {
            throw new InvalidOperationException($"broken: {promise}");
        }
    }

    private void Step(bool isFaulty)
    {
        _now += _random.Next(20_000_000);
        switch (_random.Next(isFaulty ? 40 : 34))
        {
            case < 10:
                PumpClient();
                break;
            case < 18:
                DeliverToServer();
                break;
            case < 26:
                DeliverToClient();
                break;
            case < 34:
                Commit();
                break;
            case < 36:
                _sender.HandleEnded(isOrderly: false);
                break;
            case 36:
                RestartServer();
                break;
            case 37:
                RestartClient();
                break;
            case 38:
                FailQueued();
                break;
            default:
                DetachOldest();
                break;
        }
    }

    private MessageSender StartSender(SenderState state)
    {
        MessageSender sender = new("pump-7", _defect == WorldDefect.ForgetsState ? default : state);
        for (long item = sender.State.AcknowledgedItem + 1; item <= Items; item++)
        {
            sender.Offer(item, Text(item).Length);
        }

        sender.Finish();
        return sender;
    }

    private void PumpClient()
    {
        if (_sender.End != SenderEnd.None)
        {
            Promise(SenderEnds.AllowsReconnect(_sender.End), $"the client goes on after {_sender.End}");

            // Connections are accepted in the order they were made: what had not sent its preface by now is not newer than the next one.
            _connections.RemoveAll(connection => connection.Session is null);
            _current = new LossyConnection();
            _connections.Add(_current);
            _unread = [];
            _sender.HandleConnected();
        }

        byte[] unit = new byte[64];
        while (_sender.TryTakeUnit(unit))
        {
            _current!.ToServer.AddRange(unit);
        }

        int most = _random.Next(1, 8);
        while (most-- > 0 && _sender.TryTakeMessage(_now, out OutgoingMessage message))
        {
            ClientUnit.WriteMessage(message.Length, message.Sequence, unit);
            _current!.ToServer.AddRange(unit);
            _current.ToServer.AddRange(Encoding.UTF8.GetBytes(Text(message.Item)));
        }

        if (_defect != WorldDefect.SendsBeforePersisting || _random.Next(4) == 0)
        {
            _persisted = _sender.State;
        }
    }

    private void DeliverToServer()
    {
        if (_connections.Count == 0)
        {
            return;
        }

        LossyConnection connection = _connections[_random.Next(_connections.Count)];
        connection.Deliver(_random.Next(connection.ToServer.Count + 1), OpenSession, Append);
        FlushAll();
    }

    private MessageSession OpenSession()
    {
        if (_defect == WorldDefect.AnswersNewerConnectionAtOnce)
        {
            _ledger = new ClientLedger(_stored.Count, this);
        }

        return new MessageSession(_ledger, Options);
    }

    private NakCode? Append(MessageSession session, long sequence, string text)
    {
        Promise(session.MaySubmit, "only the newest connection submits");
        if (_random.Next(100) == 0)
        {
            return NakCode.DiskFull;
        }

        if (_defect != WorldDefect.AnswersNewerConnectionAtOnce)
        {
            Promise(sequence == _stored.Count + _queued.Count + 1, "messages are appended in order");
        }

        _queued.Add(text);
        if (_defect == WorldDefect.AcknowledgesBeforeCommit)
        {
            // The acknowledgement goes out with the next flush, the commit follows when it likes.
            _ackedEarly = sequence;
        }

        return null;
    }

    private void FlushAll()
    {
        if (_ackedEarly > _ledger.Committed && _ackedEarly < _ledger.Expected)
        {
            _ledger.HandleCommitted(_ackedEarly);
        }

        foreach (LossyConnection connection in _connections.ToArray())
        {
            // What was left unread while the connection waited to be opened is looked at again.
            connection.Deliver(0, OpenSession, Append);
            connection.Flush();
            if (connection.IsClosedByServer)
            {
                connection.Session!.HandleDisconnected();
                _connections.Remove(connection);
            }
        }
    }

    private void DeliverToClient()
    {
        if (_current is null || _sender.End != SenderEnd.None)
        {
            return;
        }

        int count = _random.Next(_current.ToClient.Count + 1);
        ReadOnlySequence<byte> received = new([.. _unread, .. _current.ToClient.Take(count)]);
        _current.ToClient.RemoveRange(0, count);
        _sender.Read(ref received, _now);
        _unread = received.ToArray();
        while (_sender.TryTakeEvent(out SenderEvent e))
        {
            Promise(e.Kind != SenderEventKind.Lost, "nothing that was acknowledged is lost");
            if (e.Kind == SenderEventKind.Acknowledged)
            {
                Promise(_stored.Count >= e.Last && _stored[(int)e.Last - 1] == Text(e.Last), "an acknowledgement is never a lie");
            }
        }

        if (_current.ToClient.Count == 0 && !_connections.Contains(_current))
        {
            _sender.HandleEnded(isOrderly: false);
        }
    }

    private void Commit()
    {
        int count = _random.Next(_queued.Count + 1);
        if (count == 0)
        {
            return;
        }

        _stored.AddRange(_queued.Take(count));
        _queued.RemoveRange(0, count);
        if (_stored.Count < _ledger.Expected)
        {
            _ledger.HandleCommitted(_stored.Count);
        }

        FlushAll();
    }

    private void FailQueued()
    {
        if (_defect == WorldDefect.None)
        {
            _queued.Clear();
            _ledger.HandleFailed(NakCode.Busy);
            FlushAll();
        }
    }

    private void RestartServer()
    {
        _serverRestarts++;
        _queued.Clear();
        _connections.Clear();
        _ackedEarly = 0;
        _ledger = new ClientLedger(_stored.Count, this);
    }

    private void RestartClient()
    {
        _sender = StartSender(_persisted);
        _unread = [];
    }

    private void DetachOldest()
    {
        if (_connections.Count > 0)
        {
            LossyConnection oldest = _connections[0];
            _connections.RemoveAt(0);
            oldest.Session?.HandleDisconnected();
            FlushAll();
        }
    }
}

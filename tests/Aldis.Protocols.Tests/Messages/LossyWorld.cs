using System.Text;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>
/// One or two clients with outboxes and a server with a store, joined by connections that deliver any number of bytes at a time and are
/// cut at any byte. Clients and servers restart with what they had persisted and nothing else, the server with another window and another
/// limit; an old connection's bytes may arrive after a newer connection was made. The server forgets as early as it may. Every step is
/// chosen by the seed. A run throws <see cref="InvalidOperationException"/> where a promise is broken.
/// </summary>
internal sealed class LossyWorld : IMessageHistory
{
    private const int FaultySteps = 400;
    private const int MaxSteps = 20_000;
    private const int StepsOfTwo = 1500;

    private static readonly int[] Windows = [16, 20, 64];
    private static readonly int[] Limits = [20, 40];

    private readonly Random _random;
    private readonly WorldDefect _defect;
    private readonly List<string> _stored = [];
    private readonly List<string> _queued = [];
    private readonly List<LossyConnection> _connections = [];
    private readonly List<LossySender> _senders = [];

    private MessageSessionOptions _options;
    private ClientLedger _ledger;
    private LossyConnection? _delivering;
    private int _turn;
    private long _forgotten;
    private long _now;
    private int _serverRestarts;
    private long _ackedEarly;

    private LossyWorld(int seed, WorldDefect defect)
    {
        _random = new Random(seed);
        _defect = defect;
        _options = ChooseOptions();
        _ledger = new ClientLedger(0, this);
        _senders.Add(new LossySender(Text, defect: defect) { Acknowledged = CheckStored });
    }

    private bool IsAlone => _senders.Count == 1;

    /// <summary>Runs a world with one sender until everything is acknowledged.</summary>
    public static void Run(int seed, WorldDefect defect = WorldDefect.None)
    {
        LossyWorld world = new(seed, defect);
        world.Guard(seed, step =>
        {
            Promise(step < MaxSteps, "everything is acknowledged in the end");
            world.Step(isFaulty: step < FaultySteps || step % 50 < 20);
            return world._senders[0].End != SenderEnd.Completed;
        });
        Promise(world._stored.SequenceEqual(world._senders[0].Expected), $"seed {seed}: each message is stored once and in order");
    }

    /// <summary>Runs a world in which, after some time, a second sender uses the same id: a stranger, or a copy that goes its own
    /// way.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="ends">Takes how their connections ended.</param>
    /// <param name="defect">What is broken.</param>
    public static void RunTwo(int seed, ISet<SenderEnd> ends, WorldDefect defect = WorldDefect.None)
    {
        LossyWorld world = new(seed, defect);
        int arrival = world._random.Next(200);
        world.Guard(seed, step =>
        {
            if (step == arrival)
            {
                world.AddSecond();
            }

            world.Step(isFaulty: step % 200 < 60);
            ends.UnionWith(world._senders.Select(sender => sender.End));
            return step < StepsOfTwo;
        });
    }

    /// <summary>Throws where a promise is broken.</summary>
    public static void Promise(bool isKept, string promise)
    {
        if (!isKept)
        {
            throw new InvalidOperationException($"broken: {promise}");
        }
    }

    public bool TryGetCrc(long sequence, out uint crc)
    {
        string[] all = [.. _stored, .. _queued];
        string text = _defect == WorldDefect.AnswersWithoutComparing ? _delivering!.Sent[sequence] : all[sequence - 1];
        crc = Crc32C.Compute(Encoding.UTF8.GetBytes(text));
        return sequence > (_defect == WorldDefect.ForgetsWithinWindow ? all.Length - (_options.Window / 4) : _forgotten);
    }

    private static string Text(long item) => $"item {item} " + new string('x', (int)(item * 7 % 29));

    /// <summary>Whatever is reported as acknowledged is in the store, with these bytes.</summary>
    private void CheckStored(string text) => Promise(_stored.Contains(text), "an acknowledgement is never a lie");

    private void Guard(int seed, Func<int, bool> step)
    {
        int count = 0;
        try
        {
            while (step(count))
            {
                count++;
            }
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new InvalidOperationException($"seed {seed}, step {count}, server restarts {_serverRestarts}: {error.Message}", error);
        }
    }

    private MessageSessionOptions ChooseOptions() => new()
    {
        Window = Windows[_random.Next(Windows.Length)],
        MaxLength = Limits[_random.Next(Limits.Length)],
        RetryMilliseconds = 20,
    };

    private void AddSecond()
    {
        LossySender? original = _random.Next(2) == 0 ? _senders[0] : null;
        long common = original?.HighestNumbered ?? 0;
        _senders.Add(new LossySender(item => item <= common ? Text(item) : "other " + Text(item), original, _defect)
        {
            Acknowledged = CheckStored,
        });
    }

    private void Step(bool isFaulty)
    {
        _now += _random.Next(20_000_000);
        LossySender sender = ChooseSender();
        switch (_random.Next(isFaulty ? 40 : 34))
        {
            case < 10:
                Pump(sender);
                break;
            case < 18:
                DeliverToServer();
                break;
            case < 26:
                DeliverToClient(sender);
                break;
            case < 34:
                Commit();
                break;
            case < 36:
                sender.Cut();
                break;
            case 36:
                RestartServer();
                break;
            case 37:
                sender.Restart();
                break;
            case 38:
                FailQueued();
                break;
            default:
                DetachOldest();
                break;
        }
    }

    /// <summary>Mostly the one whose turn it is: two that are at it all the time do nothing but take over from each other.</summary>
    private LossySender ChooseSender()
    {
        _turn = _random.Next(150) == 0 ? _random.Next(_senders.Count) : _turn;
        return _random.Next(200) == 0 ? _senders[_random.Next(_senders.Count)] : _senders[_turn];
    }

    private void Pump(LossySender sender)
    {
        if (sender.End == SenderEnd.Completed)
        {
            return;
        }

        if (sender.End != SenderEnd.None && !SenderEnds.AllowsReconnect(sender.End))
        {
            Promise(!IsAlone, $"a sender that is alone goes on after {sender.End}");
            Promise(
                sender.End is SenderEnd.Conflict or SenderEnd.Forgotten or SenderEnd.Superseded,
                $"two senders of one id do not end with {sender.End}");
            if (sender != _senders[_turn] || _random.Next(4) > 0)
            {
                return;
            }

            // Its user starts it again all the same.
            sender.Restart();
        }

        if (sender.End != SenderEnd.None)
        {
            // Connections are accepted in the order they were made: what had not sent its preface by now is not newer than the next.
            _connections.RemoveAll(connection => connection.Session is null);
            _connections.Add(sender.Connect());
        }

        int most = _random.Next(1, _random.Next(4) == 0 ? 64 : 8);
        sender.Send(most, _now, persists: _defect != WorldDefect.SendsBeforePersisting || _random.Next(4) == 0);
    }

    private void DeliverToServer()
    {
        if (_connections.Count > 0)
        {
            LossyConnection connection = _connections[_random.Next(_connections.Count)];
            Deliver(connection, _random.Next(connection.ToServer.Count + 1));
            FlushAll();
        }
    }

    private void Deliver(LossyConnection connection, int count)
    {
        _delivering = connection;
        connection.Deliver(count, OpenSession, Append);
    }

    private MessageSession OpenSession()
    {
        if (_defect == WorldDefect.AnswersNewerConnectionAtOnce)
        {
            _ledger = new ClientLedger(_stored.Count, this);
        }

        return new MessageSession(_ledger, _options);
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

        // Whoever sends this under this window has seen everything before the window acknowledged, and has it safe that it has.
        _forgotten = Math.Max(_forgotten, sequence - _options.Window);
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
            Deliver(connection, 0);
            connection.Flush();

            // Only who says BYE has nothing to ask any more.
            _forgotten = connection.IsFarewell ? _stored.Count : _forgotten;
            if (connection.IsClosedByServer)
            {
                connection.Session!.HandleDisconnected();
                _connections.Remove(connection);
            }
        }
    }

    private void DeliverToClient(LossySender sender)
    {
        if (sender.Connection is not LossyConnection connection || sender.End != SenderEnd.None)
        {
            return;
        }

        sender.Receive(_random.Next(connection.ToClient.Count + 1), _now);
        if (connection.ToClient.Count == 0 && !_connections.Contains(connection))
        {
            sender.Cut();
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
        _options = ChooseOptions();
        if (_defect == WorldDefect.ForgetsWhenWindowShrinks)
        {
            _forgotten = Math.Max(_forgotten, _stored.Count - _options.Window);
        }

        _ledger = new ClientLedger(_stored.Count, this);
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

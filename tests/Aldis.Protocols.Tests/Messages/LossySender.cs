using System.Buffers;
using System.Text;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>
/// One sender of <see cref="LossyWorld"/> with its outbox: what it persisted survives a restart, and nothing else. Its connections end
/// where the world cuts them.
/// </summary>
internal sealed class LossySender
{
    private const int Items = 60;

    private readonly Func<long, string> _text;
    private readonly WorldDefect _defect;
    private HashSet<long> _refused;
    private HashSet<long> _persistedRefused;
    private MessageSender _sender;
    private byte[] _unread = [];

    /// <param name="text">The payload of an item.</param>
    /// <param name="original">Whose outbox it begins with a copy of; null for an empty one.</param>
    /// <param name="defect">What is wrong with it.</param>
    public LossySender(Func<long, string> text, LossySender? original = null, WorldDefect defect = WorldDefect.None)
    {
        _text = text;
        _defect = defect;
        Persisted = original?.Persisted ?? default;
        _persistedRefused = [.. original?._persistedRefused ?? []];
        _refused = [.. _persistedRefused];
        _sender = Start(Persisted);
    }

    /// <summary>Told the text of each item that is reported as acknowledged.</summary>
    public required Action<string> Acknowledged { get; init; }

    /// <summary>The state as it was persisted last.</summary>
    public SenderState Persisted { get; private set; }

    /// <summary>No item beyond this one has a number in the persisted state.</summary>
    public long HighestNumbered => Persisted.AcknowledgedItem + Persisted.Assigned - Persisted.Acknowledged + _persistedRefused.Count;

    /// <summary>What the server should have of it in the end.</summary>
    public IEnumerable<string> Expected => Enumerable.Range(1, Items).Where(item => !_refused.Contains(item)).Select(item => _text(item));

    public LossyConnection? Connection { get; private set; }

    public SenderEnd End => _sender.End;

    /// <summary>Begins a new connection.</summary>
    public LossyConnection Connect()
    {
        Connection = new LossyConnection();
        _unread = [];
        _sender.HandleConnected();
        return Connection;
    }

    /// <summary>The connection broke, or the server closed it.</summary>
    public void Cut() => _sender.HandleEnded(isOrderly: false);

    /// <summary>Killed and started again.</summary>
    public void Restart()
    {
        _refused = [.. _persistedRefused];
        _sender = Start(Persisted);
        _unread = [];
    }

    /// <summary>Writes what may be written now, at most so many messages.</summary>
    public void Send(int most, long now, bool persists)
    {
        byte[] unit = new byte[64];
        while (_sender.TryTakeUnit(unit))
        {
            Connection!.ToServer.AddRange(unit);
            persists &= _defect != WorldDefect.SaysGoodbyeBeforePersisting || !unit.AsSpan().StartsWith("BYE"u8);
        }

        while (most-- > 0 && _sender.TryTakeMessage(now, out OutgoingMessage message))
        {
            if (_defect == WorldDefect.AppliesLimitToRepeats && message.Length > _sender.Hello!.Value.MaxLength)
            {
                Drop(message);
                break;
            }

            ClientUnit.WriteMessage(message.Length, message.Sequence, unit);
            Connection!.ToServer.AddRange(unit);
            Connection.ToServer.AddRange(Encoding.UTF8.GetBytes(_text(message.Item)));
            Connection.Sent[message.Sequence] = _text(message.Item);
        }

        TakeEvents();
        if (persists)
        {
            Persisted = _sender.State;
            _persistedRefused = [.. _refused];
        }
    }

    /// <summary>Reads so many bytes of what the server wrote.</summary>
    public void Receive(int count, long now)
    {
        ReadOnlySequence<byte> received = new([.. _unread, .. Connection!.ToClient.Take(count)]);
        Connection.ToClient.RemoveRange(0, count);
        if (_defect == WorldDefect.BelievesLast && _sender.Hello is null && received.Length >= 64)
        {
            Believe(received.Slice(0, 64).ToArray());
        }

        _sender.Read(ref received, now);
        _unread = received.ToArray();
        TakeEvents();
    }

    private MessageSender Start(SenderState state)
    {
        MessageSender sender = new("pump-7", _defect == WorldDefect.ForgetsState ? default : state);
        foreach (long item in ItemsBehind(sender.State.AcknowledgedItem))
        {
            sender.Offer(item, Encoding.UTF8.GetByteCount(_text(item)));
        }

        sender.Finish();
        return sender;
    }

    private IEnumerable<long> ItemsBehind(long item)
    {
        for (item++; item <= Items; item++)
        {
            if (!_refused.Contains(item))
            {
                yield return item;
            }
        }
    }

    private void TakeEvents()
    {
        while (_sender.TryTakeEvent(out SenderEvent e))
        {
            LossyWorld.Promise(e.Kind is not (SenderEventKind.Lost or SenderEventKind.ClientUnknown), "nothing that was acknowledged is lost");
            if (e.Kind == SenderEventKind.Refused)
            {
                _refused.Add(e.First);
            }
            else if (e.Kind == SenderEventKind.Acknowledged)
            {
                foreach (long item in ItemsBehind(e.First - 1).TakeWhile(item => item <= e.Last))
                {
                    Acknowledged(_text(item));
                }
            }
        }
    }

    /// <summary>The defect of a sender that takes the server's <c>last</c> for an acknowledgement of its own messages.</summary>
    private void Believe(byte[] unit)
    {
        SenderState state = _sender.State;
        if (ServerHello.Parse(unit, out ServerHello hello, out _) != HelloStatus.Hello
            || hello.Last <= state.Acknowledged || hello.Last > state.Assigned)
        {
            return;
        }

        long[] believed = [.. ItemsBehind(state.AcknowledgedItem).Take((int)(hello.Last - state.Acknowledged))];
        foreach (long item in believed)
        {
            Acknowledged(_text(item));
        }

        _sender = Start(state with { AcknowledgedItem = believed[^1], Acknowledged = hello.Last });
        _sender.HandleConnected();
        _ = _sender.TryTakeUnit(new byte[64]);
    }

    /// <summary>The defect of a sender that applies the server's limit of today to what was sent before.</summary>
    private void Drop(in OutgoingMessage message)
    {
        _refused.Add(message.Item);
        SenderState state = _sender.State;
        _sender = Start(state with
        {
            AcknowledgedItem = message.Sequence == state.Acknowledged + 1 ? message.Item : state.AcknowledgedItem,
            Assigned = message.Sequence - 1,
        });
    }
}

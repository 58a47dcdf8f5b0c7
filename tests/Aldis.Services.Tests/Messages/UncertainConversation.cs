using System.Buffers;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Tests.Stores;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// The messages conversation over a store whose outcomes are drawn from a seed, and a client that comes back until everything is
/// acknowledged. Each unit the server writes is compared with what the store had said and held by then, in the very call that
/// writes it.
/// </summary>
internal sealed class UncertainConversation : IAsyncDisposable
{
    private const string Id = "pump-7";
    private const int Messages = 150;
    private const int MaxConnections = 2_000;

    private readonly UncertainStore _store;
    private readonly AsyncSignal _work = new();
    private readonly MessagesHandler _handler;
    private readonly MessageSender _sender = new(Id, new SenderState(0, 0, 0));
    private readonly List<string> _violations = [];
    private readonly Random _random;
    private long _nowNs;
    private int _superseded;

    public UncertainConversation(int seed, Func<IMessageStore, IMessageStore>? broken = null)
    {
        _random = new Random(seed);
        _store = new UncertainStore(seed) { Accepted = () => _work.Signal() };
        _handler = new MessagesHandler(new MessageStore(broken?.Invoke(_store) ?? _store));
    }

    /// <summary>Outcomes there were.</summary>
    public Dictionary<AppendOutcome, int> Outcomes => _store.Outcomes;

    /// <summary>Sends everything, and says what broke a promise.</summary>
    public async Task<List<string>> RunAsync()
    {
        using var stop = new CancellationTokenSource();
        Task settling = SettleAsync(stop.Token);
        for (int item = 1; item <= Messages; item++)
        {
            _sender.Offer(item, Text(item).Length);
        }

        _sender.Finish();
        for (int connection = 0; connection < MaxConnections && _sender.End != SenderEnd.Completed && _violations.Count == 0; connection++)
        {
            await ConnectAsync();
        }

        await stop.CancelAsync();
        _work.Signal();
        await settling;
        lock (_store.Gate)
        {
            Check(_store.Client(Id).Texts.SequenceEqual(Enumerable.Range(1, Messages).Select(Text)), "the store does not hold each message once, in order");
            Check(_sender.End == SenderEnd.Completed, $"the client ended with {_sender.End}");
            Check(_superseded <= _store.Outcomes[AppendOutcome.LeaseLost] + _store.LeasesTaken, "superseded was said although nobody had the lease");
            _violations.AddRange(_store.Misuse);
        }

        Check(_store.OpenAppenders == 0, "an appender was not closed");
        return _violations;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private static string Text(int item) => string.Create(CultureInfo.InvariantCulture, $"message {item}");

    /// <summary>What the store's own writer does: whenever something waits, it reaches its outcome.</summary>
    private async Task SettleAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await _work.WaitAsync();
            _store.Settle();
        }
    }

    private async Task ConnectAsync()
    {
        using var connection = new InMemoryConnection();
        var units = Channel.CreateUnbounded<byte[]>();
        _ = connection.Serve(_handler);
        Task watching = WatchAsync(connection, units.Writer);
        _sender.HandleConnected();
        while (_sender.End == SenderEnd.None)
        {
            Send(connection);
            if (!await units.Reader.WaitToReadAsync(TestContext.Current.CancellationToken).InTime())
            {
                _sender.HandleEnded(isOrderly: true);
                break;
            }

            while (_sender.End == SenderEnd.None && units.Reader.TryRead(out byte[]? unit))
            {
                var received = new ReadOnlySequence<byte>(unit);
                _sender.Read(ref received, _nowNs);
            }

            // Whatever pause was asked for is over.
            _nowNs = Math.Max(_nowNs, _sender.ResumeAtNanoseconds ?? 0);
        }

        if (_violations.Count > 0)
        {
            // A server that is wrong may never end.
            return;
        }

        _superseded += _sender.End == SenderEnd.Superseded ? 1 : 0;
        connection.FinishWriting();
        await connection.Handling.InTime();
        await watching.InTime();
    }

    private void Send(InMemoryConnection connection)
    {
        byte[] unit = new byte[ControlUnit.Size];
        var bytes = new ArrayBufferWriter<byte>();
        while (_sender.TryTakeUnit(unit))
        {
            bytes.Write(unit);
        }

        while (_sender.TryTakeMessage(_nowNs, out OutgoingMessage message))
        {
            ClientUnit.WriteMessage(message.Length, message.Sequence, unit);
            bytes.Write(unit);
            bytes.Write(Encoding.UTF8.GetBytes(Text((int)message.Item)));
        }

        while (_sender.TryTakeUnit(unit))
        {
            bytes.Write(unit);
        }

        // In two pieces, so that the store's writer comes between.
        int cut = _random.Next(bytes.WrittenCount + 1);
        _ = connection.Send(bytes.WrittenMemory[..cut].ToArray());
        _ = connection.Send(bytes.WrittenMemory[cut..].ToArray());
    }

    private async Task WatchAsync(InMemoryConnection connection, ChannelWriter<byte[]> units)
    {
        await connection.WatchFlushesAsync(flushed =>
        {
            foreach (byte[] unit in flushed.Chunk(ControlUnit.Size))
            {
                Judge(unit);
                _ = _violations.Count == 0 ? units.TryWrite(unit) : units.TryComplete();
            }
        });
        _ = units.TryComplete();
    }

    /// <summary>Compares what the server says, as it says it, with what it can know.</summary>
    private void Judge(byte[] unit)
    {
        lock (_store.Gate)
        {
            UncertainClient client = _store.Client(Id);
            if (ServerHello.Parse(unit, out ServerHello hello, out _) == HelloStatus.Hello)
            {
                Check(hello.Last <= client.Proven, $"the hello says {hello.Last}, and the store had said {client.Proven}");
            }
            else if (ServerUnit.TryParse(unit, out ServerUnit said) && said.Kind == ServerUnitKind.Acknowledgement)
            {
                Check(said.Sequence <= client.Proven, $"{said.Sequence} was acknowledged, and the store had said {client.Proven}");
            }
            else if (said.Kind == ServerUnitKind.Refusal && said.Code == NakCode.Busy)
            {
                Check(said.Sequence > client.Stored.Count, $"{said.Sequence} was refused, and the store holds {client.Stored.Count}");
            }
        }
    }

    private void Check(bool holds, string violation)
    {
        if (!holds)
        {
            _violations.Add(violation);
        }
    }
}

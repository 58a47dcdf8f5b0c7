using System.Buffers;
using System.Text;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// A client that feeds the same input through an outbox to a server again and again, killed at any operation on its files, with or without
/// the power lost, and cut from the server at any point, until one run gets through.
/// </summary>
internal sealed class OutboxRun : IMessageHistory
{
    private const int Lines = 40;
    private const int MaxRuns = 300;

    private readonly Random _random;
    private readonly bool _sendsBeforeSync;
    private readonly List<string> _stored = [];
    private readonly MessageSessionOptions _options = new() { Window = 16 };
    private SimulatedStorage _storage = new();
    private long _taken;

    public OutboxRun(int seed, bool ignoresSync = false, bool sendsBeforeSync = false)
    {
        _random = new Random(seed);
        _sendsBeforeSync = sendsBeforeSync;
        _storage.IgnoresSync = ignoresSync;
    }

    /// <summary>What the server stored in the end.</summary>
    public IReadOnlyList<string> Stored => _stored;

    /// <summary>What it should have stored.</summary>
    public static IEnumerable<string> Input => Enumerable.Range(1, Lines).Select(n => $"line {n}");

    /// <summary>Runs the client until it is done.</summary>
    /// <returns>What went wrong, or null.</returns>
    public string? Run()
    {
        for (int run = 0; run < MaxRuns; run++)
        {
            _storage.Fault = FaultKind.Crash;
            _storage.FaultAt = run < MaxRuns - 1 ? _random.Next(2, 60) : -1;
            _storage.ShortWriteBytes = _random.Next(100);
            try
            {
                using FileOutbox outbox = FileOutbox.Open(
                    new OutboxOptions { Directory = "/outbox", ClientId = "pump-7", SegmentBytes = 300, Storage = _storage });
                if (outbox.Taken < _taken)
                {
                    return $"{_taken} lines had been taken and {outbox.Taken} are left";
                }

                if (SendAll(outbox) is SenderEnd end && end != SenderEnd.Cut)
                {
                    return end == SenderEnd.Completed ? Compare() : $"ended with {end}";
                }
            }
            catch (OutboxException) when (_storage.HasCrashed)
            {
                // Killed. The next run finds what the disk kept.
            }
            catch (OutboxException error)
            {
                return error.Message;
            }

            _storage = _storage.Restart(_random, powerLost: _random.Next(2) == 0);
        }

        return "never done";
    }

    public bool TryGetCrc(long sequence, out uint crc)
    {
        crc = Crc32C.Compute(Encoding.UTF8.GetBytes(_stored[(int)sequence - 1]));
        return true;
    }

    private string? Compare() => _stored.SequenceEqual(Input) ? null : $"stored: {string.Join(", ", _stored)}";

    private SenderEnd SendAll(FileOutbox outbox)
    {
        MessageSender sender = new(outbox.ClientId, outbox.State);
        ClientLedger ledger = new(_stored.Count, this);
        MessageSession session = new(ledger, _options);
        Dictionary<long, byte[]> payloads = [];
        IEnumerator<string> input = Input.Skip((int)outbox.Taken).GetEnumerator();
        bool hasInput = true;
        int steps = 0;
        byte[] unread = [];
        Offer(outbox, sender, payloads);
        sender.HandleConnected();
        while (sender.End == SenderEnd.None)
        {
            for (int lines = _random.Next(5); lines > 0 && (hasInput = hasInput && input.MoveNext()); lines--)
            {
                outbox.Add(Encoding.UTF8.GetBytes(input.Current));
            }

            outbox.Sync();
            _taken = outbox.Taken;
            Offer(outbox, sender, payloads);
            if (!hasInput)
            {
                sender.Finish();
            }

            byte[] answers = Exchange(ledger, session, TakeAll(outbox, sender, payloads));
            ReadOnlySequence<byte> received = new([.. unread, .. answers]);
            sender.Read(ref received, 0);
            unread = received.ToArray();
            if (++steps > 5 && _random.Next(20) == 0)
            {
                sender.HandleEnded(isOrderly: false);
            }
        }

        return sender.End;
    }

    private static void Offer(FileOutbox outbox, MessageSender sender, Dictionary<long, byte[]> payloads)
    {
        while (outbox.TryReadNext(out long item, out byte[] payload))
        {
            sender.Offer(item, payload.Length);
            payloads[item] = payload;
        }
    }

    private byte[] TakeAll(FileOutbox outbox, MessageSender sender, Dictionary<long, byte[]> payloads)
    {
        List<byte> bytes = [];
        byte[] unit = new byte[64];
        while (sender.TryTakeUnit(unit))
        {
            // The server's session begins behind the preface.
            bytes.AddRange(Encoding.ASCII.GetString(unit).StartsWith("ALDIS", StringComparison.Ordinal) ? [] : unit);
        }

        while (sender.TryTakeMessage(0, out OutgoingMessage message))
        {
            ClientUnit.WriteMessage(message.Length, message.Sequence, unit);
            bytes.AddRange(unit);
            bytes.AddRange(payloads[message.Item]);
        }

        if (!_sendsBeforeSync)
        {
            outbox.NoteState(sender.State);
            outbox.Sync();
        }

        return [.. bytes];
    }

    private byte[] Exchange(ClientLedger ledger, MessageSession session, byte[] bytes)
    {
        ReadOnlySequence<byte> received = new(bytes);
        SessionStep step;
        while ((step = session.Read(ref received, out _, out ReadOnlySequence<byte> payload)) is SessionStep.Append or SessionStep.Continue)
        {
            if (step == SessionStep.Append)
            {
                _stored.Add(Encoding.UTF8.GetString(payload));
                session.HandleAppended();
                ledger.HandleCommitted(_stored.Count);
            }
        }

        List<byte> answers = [];
        byte[] unit = new byte[64];
        while (session.TryTakeUnit(unit))
        {
            answers.AddRange(unit);
        }

        return [.. answers];
    }
}

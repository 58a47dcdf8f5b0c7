using System.Globalization;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>
/// A few clients, a journal on simulated storage, and crashes; everything follows from the seed. After each restart it compares the
/// journal with what the clients were told.
/// </summary>
internal sealed class JournalModel
{
    private const int Natives = 3;
    private const int Window = 16;
    private const int Lives = 4;
    private const int MaxSteps = 60;

    private readonly Random _random;
    private readonly AcknowledgementLevel _level;
    private readonly long[] _acknowledged = new long[Natives];
    private readonly long[] _sent = new long[Natives];
    private readonly HashSet<string> _plainAcknowledged = [];
    private readonly List<string> _plainSent = [];
    private SimulatedStorage _storage;

    // At level stored an acknowledgement does not outlive the power; what is left must be in order all the same.
    private bool _mayForget;

    public JournalModel(int seed, bool ignoresSync = false)
    {
        _random = new Random(seed);
        _level = seed % 5 == 0 ? AcknowledgementLevel.Stored : AcknowledgementLevel.Durable;
        _storage = new SimulatedStorage { IgnoresSync = ignoresSync };
    }

    public int Crashes { get; private set; }

    public long Acknowledged => _acknowledged.Sum() + _plainAcknowledged.Count;

    /// <summary>Runs all lives.</summary>
    /// <returns>The first violation, or null.</returns>
    public string? Run()
    {
        string? violation = null;
        for (int life = 0; life < Lives && violation is null; life++)
        {
            violation = Live();
            Crashes++;

            bool powerLost = _random.Next(4) != 0;
            _mayForget |= powerLost && _level == AcknowledgementLevel.Stored;
            _storage = _storage.Restart(_random, powerLost);
        }

        return violation ?? Live(isLast: true);
    }

    private static string Payload(int client, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{client}/{sequence}")
        .PadRight((int)((sequence * 37) % 300));

    private string? Live(bool isLast = false)
    {
        if (!isLast && _random.Next(8) != 0)
        {
            _storage.Fault = (FaultKind)_random.Next(3);
            _storage.FaultAt = _random.Next(_random.Next(2) == 0 ? 12 : 120);
            _storage.ShortWriteBytes = _random.Next(2) == 0 ? 0 : _random.Next(4000);
        }

        MessageJournal journal;
        try
        {
            journal = Open();
        }
        catch (JournalCorruptException corrupt)
        {
            return corrupt.Message;
        }
        catch (IOException)
        {
            return null;
        }

        string? violation = Check(journal);
        if (violation is null && !isLast)
        {
            Work(journal);
        }

        if (isLast || _random.Next(6) == 0)
        {
            journal.Close();
        }

        return violation;
    }

    private MessageJournal Open() => MessageJournal.Open(
        new JournalOptions
        {
            Directory = "journal",
            Level = _level,
            Window = Window,
            SegmentBytes = 4000,
            PrepareBytes = _random.Next(2) * 1500,
            StartWriter = false,
            CreateSalt = () => (uint)_random.Next(),
            FreeSpaceFloorBytes = 0,
        },
        _storage);

    private string? Check(MessageJournal journal)
    {
        long[] read = new long[Natives];
        var plain = new HashSet<string>();
        using (var reader = new JournalReader("journal", _storage, new JournalQuery()))
        {
            while (reader.TryRead(out JournalMessage? message))
            {
                string text = Encoding.UTF8.GetString(message.Payload.Span);
                if (message.Client.Length == 0)
                {
                    _ = plain.Add(text);
                    continue;
                }

                int client = message.Client[^1] - '0';
                if (message.Sequence != ++read[client] || text != Payload(client, message.Sequence))
                {
                    return $"client {client}: {message.Sequence} where {read[client]} was expected, or another payload";
                }
            }
        }

        for (int client = 0; client < Natives; client++)
        {
            long last = journal.FindClient($"client-{client}")?.Committed ?? 0;
            if ((last < _acknowledged[client] && !_mayForget) || last > _sent[client] || last != read[client])
            {
                return $"client {client}: acknowledged {_acknowledged[client]}, sent {_sent[client]}, last={last}, read {read[client]}";
            }

            // What last= says is an acknowledgement as well.
            _acknowledged[client] = last;
        }

        if (_mayForget)
        {
            _plainAcknowledged.IntersectWith(plain);
            _mayForget = false;
        }

        string? lost = _plainAcknowledged.FirstOrDefault(text => !plain.Contains(text));
        return lost is null ? null : $"plain message {lost} was acknowledged and is lost";
    }

    private void Work(MessageJournal journal)
    {
        JournalAppender[] natives = [.. Enumerable.Range(0, Natives).Select(client => TestJournal.Open(journal, $"client-{client}", $"peer:{client}"))];
        JournalAppender plain = TestJournal.Open(journal, null, "plain:1");
        int plainBefore = _plainSent.Count;
        int steps = _random.Next(MaxSteps);
        for (int step = 0; step < steps && !plain.Progress.HasEnded; step++)
        {
            // Want of descriptors comes and goes, and fails no journal.
            _storage.HasNoDescriptors = _random.Next(8) == 0 ? !_storage.HasNoDescriptors : _storage.HasNoDescriptors;
            int who = _random.Next(Natives + 2);
            if (who < Natives)
            {
                Send(natives[who], who);
            }
            else if (who == Natives)
            {
                string text = $"plain {_plainSent.Count}";
                if (plain.TryAppend(0, Encoding.UTF8.GetBytes(text)) == AppendStatus.Accepted)
                {
                    _plainSent.Add(text);
                }
            }
            else
            {
                _ = journal.Step(wait: false);
            }

            Hear(natives, plain, plainBefore);
        }
    }

    private void Send(JournalAppender appender, int client)
    {
        JournalClient state = appender.Client!;
        for (int count = _random.Next(1, 6); count > 0 && state.Taken - state.Committed < Window; count--)
        {
            if (appender.TryAppend(state.Taken + 1, Encoding.UTF8.GetBytes(Payload(client, state.Taken + 1))) == AppendStatus.Accepted)
            {
                _sent[client] = Math.Max(_sent[client], state.Taken);
            }
        }
    }

    private void Hear(JournalAppender[] natives, JournalAppender plain, int plainBefore)
    {
        for (int client = 0; client < Natives; client++)
        {
            _acknowledged[client] = natives[client].Progress.CommittedSequence;
        }

        _plainAcknowledged.UnionWith(_plainSent.Skip(plainBefore).Take((int)plain.Progress.CommittedCount));
    }
}

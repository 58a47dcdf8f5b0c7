using System.Globalization;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>
/// Senders that come and stay away for weeks, a journal that keeps little and forgets clients, crashes and faults at any write, restarts and
/// clocks that jump; everything follows from the seed. Each sender keeps the three numbers of docs/protocols/messages.md section 5.1. After
/// every start the journal is compared with what the senders were told.
/// </summary>
/// <param name="seed">Where everything is drawn from.</param>
/// <param name="forgetAge">What the journal is told; null for nothing.</param>
internal sealed class ForgetModel(int seed, TimeSpan? forgetAge)
{
    /// <summary>How long a sender is to be remembered at least, where senders may be forgotten at all.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(20);

    private const int Senders = 4;
    private const int Window = 16;
    private const int Lives = 8;

    private readonly Random _random = new(seed);
    private readonly VirtualTime _clock = new();
    private readonly Sender[] _senders = [.. Enumerable.Range(0, Senders).Select(static _ => new Sender())];
    private readonly Dictionary<(int Sender, long Item), TimeSpan> _stored = [];
    private SimulatedStorage _storage = new();

    /// <summary>How often a sender found that it was forgotten.</summary>
    public int Forgotten { get; private set; }

    /// <summary>Messages acknowledged.</summary>
    public long Acknowledged => _senders.Sum(sender => sender.Settled);

    /// <summary>Runs all lives.</summary>
    /// <returns>The first violation, or null.</returns>
    public string? Run()
    {
        string? violation = null;
        for (int life = 0; life < Lives && violation is null; life++)
        {
            violation = Live();
            _storage = _storage.Restart(_random, powerLost: _random.Next(2) == 0);
            if (_random.Next(4) == 0)
            {
                _clock.Jump(TimeSpan.FromDays(_random.Next(-300, 300)));
            }
        }

        return violation;
    }

    private static string Payload(int sender, long item) =>
        string.Create(CultureInfo.InvariantCulture, $"{sender}/{item}/").PadRight(150);

    private string? Live()
    {
        if (_random.Next(3) != 0)
        {
            _storage.Fault = (FaultKind)_random.Next(3);
            _storage.FaultAt = _random.Next(_random.Next(2) == 0 ? 20 : 300);
            _storage.ShortWriteBytes = _random.Next(2) == 0 ? 0 : _random.Next(1000);
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

        string? violation = Work(journal);
        if (_random.Next(4) == 0)
        {
            journal.Close();
        }

        return violation;
    }

    private MessageJournal Open() => MessageJournal.Open(
        TestJournal.Options with
        {
            TimeProvider = _clock,
            Window = Window,
            SegmentBytes = 600,
            RetainBytes = 2500,
            ForgetAge = forgetAge,
            CreateSalt = () => (uint)_random.Next(),
            ReadBootId = static () => new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        },
        _storage);

    private string? Work(MessageJournal journal)
    {
        for (int step = _random.Next(60); step > 0; step--)
        {
            JournalVerification found = JournalReader.Verify(TestJournal.Directory, _storage);
            if (!found.IsSound)
            {
                return $"not sound: {found.Damage} {string.Join("; ", found.Problems)}";
            }

            _clock.Advance(_random.Next(8) == 0 ? TimeSpan.FromDays(_random.NextDouble() * 25) : TimeSpan.FromHours(_random.NextDouble() * 9));

            // Some come seldom.
            int who = Math.Min(_random.Next(Senders), _random.Next(Senders));
            string? violation = _random.Next(3) == 0 ? null : Send(journal, who);
            if (violation is not null || journal.Failure is not null || !journal.Step(wait: false))
            {
                return violation;
            }
        }

        return null;
    }

    /// <summary>One connection of a sender: it hears H, sends what it is unsure of, then more; sometimes it hears no answer.</summary>
    private string? Send(MessageJournal journal, int who)
    {
        Sender sender = _senders[who];
        IMessageAppender? appender = journal.OpenAsync($"client-{who}", "peer").AsTask().Result.Appender;
        if (appender is null)
        {
            return null;
        }

        long last = appender.Progress.CommittedSequence;
        if (last > sender.Assigned || (last < sender.Acknowledged && last > 0))
        {
            return $"sender {who}: last={last}, acknowledged {sender.Acknowledged}, assigned {sender.Assigned}";
        }

        if (last < sender.Acknowledged)
        {
            Forgotten++;
            TimeSpan age = _clock.Now - sender.LastStored;
            if (forgetAge is null || age < Age || IsLeft(who))
            {
                return $"sender {who} was forgotten after {age.TotalDays} days, {(IsLeft(who) ? "a message is left" : "no message is left")}";
            }

            sender.Forget();
        }

        // What it is unsure of up to H is compared, and it is alone.
        sender.Acknowledge(last);
        long most = sender.Acknowledged + 1 + _random.Next(4);
        for (long sequence = sender.Acknowledged + 1; sequence <= most; sequence++)
        {
            long item = sender.Settled + sequence - sender.Acknowledged;
            if (_stored.TryGetValue((who, item), out TimeSpan before) && _clock.Now - before < Age)
            {
                return $"sender {who}: item {item} is stored again after {(_clock.Now - before).TotalDays} days";
            }

            if (appender.TryAppend(sequence, Encoding.UTF8.GetBytes(Payload(who, item))) != AppendStatus.Accepted)
            {
                break;
            }

            sender.Assigned = Math.Max(sender.Assigned, sequence);
        }

        long toItem = sender.Settled + sender.Assigned - sender.Acknowledged;
        _ = journal.Step(wait: false);
        long committed = appender.Progress.CommittedSequence;
        for (long item = sender.Settled + 1; item <= toItem && item <= sender.Settled + committed - sender.Acknowledged; item++)
        {
            _stored[(who, item)] = _clock.Now;
            sender.LastStored = _clock.Now;
        }

        if (_random.Next(3) != 0)
        {
            sender.Acknowledge(committed);
        }

        _ = appender.CloseAsync();
        return null;
    }

    private bool IsLeft(int who)
    {
        using var reader = new JournalReader(TestJournal.Directory, _storage, new JournalQuery { Client = $"client-{who}" });
        return reader.TryRead(out _);
    }

    private sealed class Sender
    {
        /// <summary>The last item that is acknowledged.</summary>
        public long Settled { get; private set; }

        /// <summary>The highest number it saw acknowledged.</summary>
        public long Acknowledged { get; private set; }

        /// <summary>The highest number it may have sent.</summary>
        public long Assigned { get; set; }

        /// <summary>When a message of it was made durable last.</summary>
        public TimeSpan LastStored { get; set; }

        public void Acknowledge(long last)
        {
            if (last > Acknowledged)
            {
                Settled += last - Acknowledged;
                Acknowledged = last;
            }
        }

        public void Forget()
        {
            Acknowledged = 0;
            Assigned = 0;
        }
    }
}

using Aldis.Protocols.Messages;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;

namespace Aldis.Services.Messages;

/// <summary>
/// What the connections of the <c>messages</c> conversation share: the journal, and for each native client that is here the seat it
/// has, so that a newer connection of the same id takes over from an older one. Thread-safe.
/// </summary>
public sealed class MessageStore : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ClientSeat> _seats = new(StringComparer.Ordinal);

    private MessageStore(MessageJournal journal)
    {
        Journal = journal;
        Session = new MessageSessionOptions
        {
            Level = AcknowledgementLevelOf(journal.Level),
            MaxLength = journal.MaxMessageBytes,
            Window = journal.Window,
        };
    }

    /// <summary>What was found on disk when the store was opened.</summary>
    public RecoveryReport Recovery => Journal.Recovery;

    /// <summary>What an acknowledgement means.</summary>
    public JournalLevel Level => Journal.Level;

    /// <summary>Counts of the journal, for metrics.</summary>
    public JournalStatistics Statistics => Journal.Statistics;

    internal MessageJournal Journal { get; }

    internal MessageSessionOptions Session { get; }

    /// <summary>Opens a store, or makes a new one. What it held is safe when this returns.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="failed">Told once, from the journal's thread, when the disk has failed and nothing is acknowledged any more.</param>
    /// <returns>The store; the caller disposes it, after the server has stopped.</returns>
    /// <exception cref="JournalLockedException">Another server has it open.</exception>
    /// <exception cref="JournalCorruptException">It is damaged, and <see cref="MessageStoreOptions.Repair"/> was not asked for.</exception>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    public static MessageStore Open(MessageStoreOptions options, Action<Exception>? failed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Open(options, FileStorage.Instance, failed);
    }

    internal static MessageStore Open(MessageStoreOptions options, IStorage storage, Action<Exception>? failed = null) =>
        new(MessageJournal.Open(
            new JournalOptions
            {
                Directory = options.Directory,
                Level = options.Level,
                MaxMessageBytes = options.MaxMessageBytes,
                Window = options.Window,
                FreeSpaceFloorBytes = options.FreeSpaceFloorBytes,
                RetainBytes = options.RetainBytes,
                RetainAge = options.RetainAge,
                Repair = options.Repair,
                Deleted = options.Deleted,
                ClockJumped = options.ClockJumped,
                Failed = failed,

                // At level received an append itself makes progress, inside the locks of the one who appends: its waiter must not run there.
                RunContinuationsInline = options.Level != JournalLevel.Received,
            },
            storage));

    /// <summary>Commits what was accepted, then closes the files.</summary>
    public void Dispose() => Journal.Dispose();

    /// <summary>Gives a native connection its client's seat; <see cref="Leave"/> is owed.</summary>
    internal ClientSeat Enter(string client)
    {
        lock (_lock)
        {
            if (!_seats.TryGetValue(client, out ClientSeat? seat))
            {
                seat = new ClientSeat(Journal, client);
                _seats.Add(client, seat);
            }

            seat.References++;
            return seat;
        }
    }

    /// <summary>Gives a seat back; the last one out lets it be forgotten: the journal knows all it held.</summary>
    internal void Leave(ClientSeat seat)
    {
        lock (_lock)
        {
            if (--seat.References == 0)
            {
                _seats.Remove(seat.Client);
            }
        }
    }

    private static AcknowledgementLevel AcknowledgementLevelOf(JournalLevel level) => level switch
    {
        JournalLevel.Received => AcknowledgementLevel.Received,
        JournalLevel.Stored => AcknowledgementLevel.Stored,
        _ => AcknowledgementLevel.Durable,
    };
}

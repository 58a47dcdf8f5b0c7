using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Messages;

/// <summary>
/// What the connections of the <c>messages</c> conversation share: the store the messages are kept in, and for each native client that is here
/// the seat it has, so that a newer connection of the same id takes over from an older one. Thread-safe.
/// </summary>
public sealed class MessageStore : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ClientSeat> _seats = new(StringComparer.Ordinal);

    private readonly MessageJournal? _journal;
    private readonly TaskCompletionSource<string> _failed;

    /// <summary>Serves messages from a store of any kind; whoever made it disposes it, after the server has stopped.</summary>
    /// <param name="store">Where messages are kept.</param>
    public MessageStore(IMessageStore store)
        : this(store, NewFailure())
    {
    }

    private MessageStore(IMessageStore store, TaskCompletionSource<string> failed)
    {
        ArgumentNullException.ThrowIfNull(store);
        _failed = failed;
        Store = store;
        Session = new MessageSessionOptions { Level = store.Level, MaxLength = store.MaxMessageBytes, Window = store.Window };
    }

    private MessageStore(MessageJournal journal, TaskCompletionSource<string> failed)
        : this((IMessageStore)journal, failed)
    {
        _journal = journal;
    }

    /// <summary>What was found on disk when the journal was opened; null where the messages are kept elsewhere.</summary>
    public RecoveryReport? Recovery => _journal?.Recovery;

    /// <summary>What an acknowledgement means.</summary>
    public AcknowledgementLevel Level => Store.Level;

    /// <summary>Ends when the journal has failed, with a sentence; never where the messages are kept elsewhere.</summary>
    internal Task<string> Failed => _failed.Task;

    /// <summary>Messages that would have made a new client known and were refused, because their sender had brought too many or too
    /// fast (<see cref="Hosting.ConnectionLimits.MaxNewClients"/>).</summary>
    public long NewClientsRefused => NewClients.Refused;

    internal NewClientQuota NewClients { get; } = new();

    internal MessageQuotas Quotas { get; } = new();

    internal IMessageStore Store { get; }

    internal MessageSessionOptions Session { get; }

    /// <summary>Opens a journal on this machine, or makes a new one. What it held is safe when this returns.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="failed">Told once, from the journal's thread, when the disk has failed and nothing is acknowledged any more.</param>
    /// <returns>The store; the caller disposes it, after the server has stopped.</returns>
    /// <exception cref="JournalCorruptException">It is damaged, and <see cref="MessageStoreOptions.Repair"/> was not asked for.</exception>
    /// <exception cref="IOException">Another server has it open, it is in another version of the format, or the files cannot be read or
    /// written; the message says which.</exception>
    public static MessageStore Open(MessageStoreOptions options, Action<Exception>? failed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Open(options, FileStorage.Instance, failed);
    }

    internal static MessageStore Open(MessageStoreOptions options, IStorage storage, Action<Exception>? failed = null)
    {
        TaskCompletionSource<string> told = NewFailure();
        return new MessageStore(MessageJournal.Open(
            new JournalOptions
            {
                Directory = options.Directory,
                Level = options.Level,
                MaxMessageBytes = options.MaxMessageBytes,
                Window = options.Window,
                MaxClients = options.MaxClients,
                FreeSpaceFloorBytes = options.FreeSpaceFloorBytes,
                RetainBytes = options.RetainBytes,
                RetainAge = options.RetainAge,
                ForgetAge = options.ForgetAge,
                Forgotten = options.Forgotten,
                Repair = options.Repair,
                Deleted = options.Deleted,
                ClockJumped = options.ClockJumped,
                Progress = options.Progress,
                RotationPostponed = options.RotationPostponed,
                Failed = failure =>
                {
                    _ = told.TrySetResult(
                        $"the journal failed, no message is acknowledged any more: {failure.Message.TrimEnd('.')}. "
                            + "Restart when the disk is well.");
                    failed?.Invoke(failure);
                },
                RunContinuationsInline = true,
            },
            storage), told);
    }

    /// <summary>Closes the journal that <see cref="Open(MessageStoreOptions, Action{Exception}?)"/> opened: commits what was accepted, then
    /// closes the files. A store that was handed over stays open.</summary>
    public void Dispose() => _journal?.Dispose();

    private static TaskCompletionSource<string> NewFailure() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gives a native connection its client's seat; <see cref="Leave"/> is owed.</summary>
    internal ClientSeat Enter(string client)
    {
        lock (_lock)
        {
            if (!_seats.TryGetValue(client, out ClientSeat? seat))
            {
                seat = new ClientSeat(client);
                _seats.Add(client, seat);
            }

            seat.References++;
            return seat;
        }
    }

    /// <summary>Gives a seat back; the last one out lets it be forgotten: the store knows all it held.</summary>
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
}

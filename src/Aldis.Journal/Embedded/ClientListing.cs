using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>Lists the clients of a journal, beside a running server or without one, and forgets some of them by name where none runs.</summary>
internal sealed class ClientListing : IScanObserver
{
    private const int Attempts = 3;

    private readonly Dictionary<string, (long Messages, long Newest)> _left = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ArrivalHabit> _habits = new(StringComparer.Ordinal);
    private readonly DateTimeOffset? _now;

    private ClientListing(IReadOnlyList<ClientSummary> clients, JournalDamage? damage)
    {
        Clients = clients;
        Damage = damage;
    }

    private ClientListing(DateTimeOffset? now)
        : this([], null) => _now = now;

    /// <summary>The clients, by id.</summary>
    public IReadOnlyList<ClientSummary> Clients { get; }

    /// <summary>The first damage, or null. What comes after it is not in the list.</summary>
    public JournalDamage? Damage { get; }

    /// <summary>Lists all clients with a mark.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <param name="now">The moment for which to say when their messages come (<see cref="ClientSummary.Arrivals"/>); null does not.</param>
    /// <exception cref="JournalVersionException">It is in another version of the format.</exception>
    /// <exception cref="IOException">The files cannot be read.</exception>
    public static ClientListing Read(string directory, IStorage storage, DateTimeOffset? now = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            var seen = new ClientListing(now);
            var scan = new JournalScan(storage, directory, new JournalOptions { Directory = directory }.Window, seen);
            try
            {
                scan.Run();
            }
            catch (FileNotFoundException) when (attempt < Attempts)
            {
                // Retention of a running server deleted a segment between the listing and the reading.
                continue;
            }

            AgeNotes? notes = AgeFile.TryRead(storage, directory, scan.Salt);
            IEnumerable<ClientSummary> clients = scan.Clients.All.Select(client => seen.Describe(client, notes));
            return new ClientListing([.. clients.OrderBy(client => client.Client, StringComparer.Ordinal)], scan.Damage);
        }
    }

    /// <summary>Forgets clients of which no message is left. All of them, or none.</summary>
    /// <param name="options">How the journal is kept; no server has it open.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <param name="ids">The clients' ids.</param>
    /// <returns>Who was forgotten, in the same order.</returns>
    /// <exception cref="ClientKeptException">One is not there, or messages of it are; nothing was changed.</exception>
    /// <exception cref="JournalLockedException">A server has it open.</exception>
    /// <exception cref="JournalVersionException">It is in another version of the format.</exception>
    /// <exception cref="JournalCorruptException">It is damaged.</exception>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    public static IReadOnlyList<ClientSummary> Forget(JournalOptions options, IStorage storage, IReadOnlyList<string> ids)
    {
        using IDisposable @lock = storage.TryLock(Path.Combine(options.Directory, SegmentName.Lock))
            ?? throw new JournalLockedException(options.Directory);
        ClientListing listing = Read(options.Directory, storage);
        if (listing.Damage is { } damage)
        {
            throw new JournalCorruptException(options.Directory, damage);
        }

        List<ClientSummary> forgotten = [];
        foreach (string id in ids.Distinct())
        {
            ClientSummary? client = listing.Clients.FirstOrDefault(client => client.Client == id);
            if (client is null or { Messages: > 0 })
            {
                throw new ClientKeptException(id, client);
            }

            forgotten.Add(client);
        }

        (JournalScan scan, _) = JournalRecovery.Run(options, storage);
        using var writer = JournalWriter.Open(options with { Window = Math.Max(scan.Window, options.Window) }, storage, scan, forgets: true);
        writer.EnsureHeader(scan);
        writer.Forget([.. forgotten.Select(client => scan.Clients.Find(client.Client)!)]);
        writer.Seal();
        writer.End();
        return forgotten;
    }

    void IScanObserver.OnSegment(long segment, uint version, ClientTable marks, ClientTable clients)
    {
        // The scan itself keeps the marks.
    }

    void IScanObserver.OnLoss(long bytes)
    {
        // What is lost is not left.
    }

    void IScanObserver.OnMessage(JournalClient client, long sequence, long timeNanoseconds)
    {
        _left[client.Id] = (_left.GetValueOrDefault(client.Id).Messages + 1, timeNanoseconds);
        if (_now is { } now)
        {
            if (!_habits.TryGetValue(client.Id, out ArrivalHabit? habit))
            {
                _habits.Add(client.Id, habit = new ArrivalHabit(now));
            }

            habit.Note(timeNanoseconds);
        }
    }

    void IScanObserver.OnForget(JournalClient client, long sequence) => _ = _left.Remove(client.Id);

    private ClientSummary Describe(JournalClient client, AgeNotes? notes)
    {
        bool isLeft = _left.TryGetValue(client.Id, out (long Messages, long Newest) left);
        return new ClientSummary
        {
            Client = client.Id,
            Last = client.Taken,
            Messages = left.Messages,
            Arrivals = _habits.GetValueOrDefault(client.Id),
            LastSeen = isLeft ? UnixTime.ToDateTimeOffset(left.Newest) : WasThereBefore(client, notes),
        };
    }

    private static DateTimeOffset? WasThereBefore(JournalClient client, AgeNotes? notes)
    {
        foreach ((long segment, long time) in notes?.Newest ?? [])
        {
            if (segment == client.Segment)
            {
                return UnixTime.ToDateTimeOffset(notes!.Wall - (notes.Time - time));
            }
        }

        return null;
    }
}

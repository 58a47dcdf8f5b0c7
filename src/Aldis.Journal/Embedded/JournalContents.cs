using System.Buffers.Binary;
using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>
/// What a journal remembers of its clients, for a copy into another store or from one: unlike a list for people it has the CRCs too, by
/// which a repeat is told from a conflict. Nobody writes the journal meanwhile: the caller has its lock.
/// </summary>
internal sealed class JournalContents : IScanObserver
{
    private readonly Dictionary<string, long> _firsts = new(StringComparer.Ordinal);

    private JournalContents()
    {
    }

    /// <summary>The clients, in no particular order.</summary>
    public IReadOnlyList<ClientRemains> Clients { get; private set; } = [];

    /// <summary>The journal's salt, which tells it from others; null where there is no journal.</summary>
    public uint? Salt { get; private set; }

    /// <summary>Takes the lock of a journal, so that no server writes it.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <exception cref="JournalLockedException">A server has it open.</exception>
    /// <exception cref="IOException">The lock cannot be taken.</exception>
    public static IDisposable Lock(string directory, IStorage storage) =>
        storage.TryLock(Path.Combine(directory, SegmentName.Lock)) ?? throw new JournalLockedException(directory);

    /// <summary>Reads a journal.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <exception cref="JournalCorruptException">It is damaged.</exception>
    /// <exception cref="JournalVersionException">It is in another version of the format.</exception>
    /// <exception cref="IOException">The files cannot be read.</exception>
    public static JournalContents Read(string directory, IStorage storage)
    {
        var seen = new JournalContents();
        var scan = new JournalScan(storage, directory, new JournalOptions { Directory = directory }.Window, seen);
        scan.Run();
        if (scan.Damage is { } damage)
        {
            throw new JournalCorruptException(directory, damage);
        }

        seen.Salt = scan.Segments.Count == 0 ? null : scan.Salt;
        seen.Clients = [.. scan.Clients.All.Select(seen.Describe)];
        return seen;
    }

    /// <summary>Makes a new journal that knows what became of clients before its first message.</summary>
    /// <param name="options">How the journal is kept.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <param name="clients">How far each was before the first of its messages that are left.</param>
    /// <returns>False where there is a journal: it stays as it is.</returns>
    /// <exception cref="JournalLockedException">A server has it open.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static bool TryFound(JournalOptions options, IStorage storage, IEnumerable<ClientRemains> clients)
    {
        storage.CreateDirectory(options.Directory);
        using IDisposable @lock = Lock(options.Directory, storage);
        if (JournalReader.Exists(options.Directory, storage))
        {
            return false;
        }

        (JournalScan scan, _) = JournalRecovery.Run(options, storage);
        foreach (ClientRemains client in clients.Where(static client => client.First > 1))
        {
            byte[] crcs = new byte[client.EarlierCrcs.Length * sizeof(uint)];
            foreach ((int place, uint crc) in client.EarlierCrcs.Index())
            {
                BinaryPrimitives.WriteUInt32LittleEndian(crcs.AsSpan(place * sizeof(uint)), crc);
            }

            scan.Clients.GetOrAdd(client.Client).RecoverMark(client.First - 1, crcs, segment: 0);
        }

        using var writer = JournalWriter.Open(options, storage, scan, forgets: false);
        writer.End();
        return true;
    }

    void IScanObserver.OnSegment(long segment, uint version, ClientTable marks, ClientTable clients)
    {
        // The scan itself keeps the marks.
    }

    void IScanObserver.OnLoss(long bytes)
    {
        // Whoever reads the messages finds the gap.
    }

    void IScanObserver.OnMessage(JournalClient client, long sequence, long timeNanoseconds) => _ = _firsts.TryAdd(client.Id, sequence);

    void IScanObserver.OnForget(JournalClient client, long sequence) => _ = _firsts.Remove(client.Id);

    private ClientRemains Describe(JournalClient client)
    {
        long first = _firsts.GetValueOrDefault(client.Id, client.Taken + 1);
        List<uint> earlier = [];
        for (long sequence = first - 1; client.Crcs.TryGet(sequence, out uint crc); sequence--)
        {
            earlier.Add(crc);
        }

        earlier.Reverse();
        return new ClientRemains(client.Id, first, client.Taken, [.. earlier]);
    }
}

/// <summary>What is left of a client.</summary>
/// <param name="Client">Its id.</param>
/// <param name="First">The number of the first of its messages that are left; one more than <paramref name="Last"/> where none is.</param>
/// <param name="Last">The highest number that was stored of it.</param>
/// <param name="EarlierCrcs">The CRCs of its last messages before <paramref name="First"/>, oldest first, the last one right before
/// it.</param>
internal sealed record ClientRemains(string Client, long First, long Last, uint[] EarlierCrcs);

using System.Text;

namespace Aldis.Journal.Embedded;

/// <summary>All clients with a mark or an open appender, by id. Not synchronised: the journal's gate guards it.</summary>
internal sealed class ClientTable
{
    private readonly Dictionary<string, JournalClient> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JournalClient>.AlternateLookup<ReadOnlySpan<char>> _byCharacters;

    public ClientTable()
    {
        _byCharacters = _clients.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>How many there are.</summary>
    public int Count => _clients.Count;

    /// <summary>All of them, in no particular order.</summary>
    public IEnumerable<JournalClient> All => _clients.Values;

    /// <summary>The client of an id, or null.</summary>
    public JournalClient? Find(string id) => _clients.GetValueOrDefault(id);

    /// <summary>The client of an id, made where there is none.</summary>
    /// <param name="id">1 to 32 ASCII characters.</param>
    public JournalClient GetOrAdd(ReadOnlySpan<byte> id)
    {
        Span<char> characters = stackalloc char[RecordCodec.MaxClientLength];
        characters = characters[..Encoding.ASCII.GetChars(id, characters)];
        return _byCharacters.TryGetValue(characters, out JournalClient? client) ? client : GetOrAdd(characters.ToString());
    }

    /// <summary>The client of an id, made where there is none.</summary>
    /// <param name="id">1 to 32 ASCII characters.</param>
    public JournalClient GetOrAdd(string id)
    {
        if (!_clients.TryGetValue(id, out JournalClient? client))
        {
            client = new JournalClient(id);
            _clients.Add(id, client);
        }

        return client;
    }

    /// <summary>Most CRCs that it holds of a client.</summary>
    public int MostCrcs => _clients.Count == 0 ? 0 : _clients.Values.Max(client => client.Crcs.Count);

    /// <summary>Whether a repair left something out of what was read: what it says of a client may be missing then.</summary>
    public bool HasLosses { get; set; }

    /// <summary>A stored message was read back.</summary>
    public void Recover(JournalClient client, long sequence, uint crc, int window, long segment)
    {
        if (sequence <= client.Taken && HasLosses)
        {
            // It was forgotten, and began anew, where something is missing.
            Remove(client);
            client = GetOrAdd(client.Id);
        }

        client.Recover(sequence, crc, window, segment);
    }

    /// <summary>
    /// Takes over what the marks of the next segment say of messages this table has not seen. A mark is true even where the records are
    /// lost; but what is lost is not confirmed to a client that sends it again, so that its CRC is of no use.
    /// </summary>
    /// <param name="marks">The marks.</param>
    /// <param name="version">Version of the segment.</param>
    public void Follow(ClientTable marks, uint version)
    {
        if (HasLosses && version >= SegmentHeader.Forgetful)
        {
            // Whoever has a lower mark, or none, was forgotten where something is missing.
            foreach (JournalClient client in _clients.Values)
            {
                if (!(marks.Find(client.Id)?.Taken >= client.Taken))
                {
                    Remove(client);
                }
            }
        }

        foreach (JournalClient mark in marks.All)
        {
            JournalClient client = GetOrAdd(mark.Id);
            if (client.Taken < mark.Taken)
            {
                client.RecoverMark(mark.Taken, crcs: [], mark.Segment);
            }
        }
    }

    /// <summary>
    /// Lets go of CRCs, all but the last, of clients that ended in order, as long as those of all clients together exceed a limit. Those of
    /// other clients are kept in any case: their senders may have to be told whether a message is the one that was stored.
    /// </summary>
    /// <param name="maxCrcs">The limit.</param>
    public void LetGoOfEnded(long maxCrcs)
    {
        long crcs = _clients.Values.Sum(client => (long)client.Crcs.CountForMark(client.Written));
        foreach (JournalClient client in _clients.Values)
        {
            if (crcs <= maxCrcs)
            {
                return;
            }

            if (client.HasEnded && client.Written == client.Taken)
            {
                crcs -= Math.Max(0, client.Crcs.CountForMark(client.Written) - 1);
                client.Crcs.KeepLast();
            }
        }
    }

    /// <summary>Forgets a client.</summary>
    public void Remove(JournalClient client) => _ = _clients.Remove(client.Id);
}

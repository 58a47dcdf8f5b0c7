using System.Text;

namespace Aldis.Services.Journal;

/// <summary>All clients with a mark or an open appender, by id. Not synchronised: the journal's gate guards it.</summary>
internal sealed class ClientTable
{
    private readonly int _window;
    private readonly Dictionary<string, JournalClient> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JournalClient>.AlternateLookup<ReadOnlySpan<char>> _byCharacters;

    public ClientTable(int window)
    {
        _window = window;
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
        if (!_byCharacters.TryGetValue(characters, out JournalClient? client))
        {
            client = new JournalClient(characters.ToString(), _window);
            _clients.Add(client.Id, client);
        }

        return client;
    }

    /// <summary>
    /// Takes over what other marks say of messages this table has not seen: a mark is true even where the records are lost.
    /// </summary>
    public void RaiseTo(ClientTable marks)
    {
        foreach (JournalClient mark in marks.All)
        {
            if (!_clients.TryGetValue(mark.Id, out JournalClient? client) || client.Taken < mark.Taken)
            {
                _clients[mark.Id] = mark;
            }
        }
    }

    /// <summary>Forgets a client.</summary>
    public void Remove(JournalClient client) => _ = _clients.Remove(client.Id);
}

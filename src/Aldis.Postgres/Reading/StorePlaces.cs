namespace Aldis.Postgres.Reading;

/// <summary>
/// How far somebody has read, who follows a store. A client's row says in the same commit as its messages how far they go, so nothing is
/// missed, whatever clocks say. The plain form has no such row: what its servers number becomes visible out of order, by a few batches, so a
/// number that is missing is waited for as long as a statement may take.
/// </summary>
internal sealed class StorePlaces
{
    private static readonly TimeSpan GapPatience = Lanes.Patience * 2;

    private readonly Dictionary<string, long> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PlainPlace> _servers = new(StringComparer.Ordinal);
    private readonly HashSet<(string Sender, long Number)> _taken = [];

    /// <summary>Everything of a sender up to a number was read.</summary>
    public void Begin(string sender, long number)
    {
        if (PostgresMessageStore.IsNode(sender))
        {
            _servers[sender] = new PlainPlace { Low = number };
        }
        else
        {
            _clients[sender] = number;
        }
    }

    /// <summary>Nothing of a server was read, unless it was.</summary>
    public void Expect(string server) => _ = _servers.TryAdd(server, new PlainPlace());

    /// <summary>What is to be read next.</summary>
    /// <param name="lasts">How far clients are by now.</param>
    /// <returns>Ranges of numbers: behind which, and up to which.</returns>
    public (string[] Senders, long[] After, long[] Until) Ahead(IReadOnlyCollection<(string Client, long Last)> lasts)
    {
        List<(string Sender, long After, long Until)> ranges = [];
        foreach ((string client, long last) in lasts)
        {
            long read = _clients.GetValueOrDefault(client);
            if (last > read)
            {
                ranges.Add((client, read, last));
            }
            else if (last < read)
            {
                // It was forgotten, and begins anew.
                _clients[client] = last;
            }
        }

        ranges.AddRange(_servers.Select(static server => (server.Key, server.Value.Low, long.MaxValue)));
        return ([.. ranges.Select(static range => range.Sender)], [.. ranges.Select(static range => range.After)],
            [.. ranges.Select(static range => range.Until)]);
    }

    /// <summary>Takes a message of such a range.</summary>
    /// <returns>False where it was taken before.</returns>
    public bool Take(string sender, long number, TimeSpan now) =>
        _servers.TryGetValue(sender, out PlainPlace? server) ? server.Seen.TryAdd(number, now) : _taken.Add((sender, number));

    /// <summary>All of the ranges was read.</summary>
    public void Arrive(string[] senders, long[] until, TimeSpan now)
    {
        foreach ((int place, string sender) in senders.Index())
        {
            if (_servers.TryGetValue(sender, out PlainPlace? server))
            {
                server.Advance(now - GapPatience);
            }
            else
            {
                _clients[sender] = until[place];
            }
        }

        _taken.Clear();
    }

    private sealed class PlainPlace
    {
        public long Low { get; set; }

        public SortedList<long, TimeSpan> Seen { get; } = [];

        public void Advance(TimeSpan patienceOver)
        {
            int passed = 0;
            while (passed < Seen.Count && (Seen.GetKeyAtIndex(passed) == Low + 1 || Seen.GetValueAtIndex(passed) <= patienceOver))
            {
                Low = Seen.GetKeyAtIndex(passed++);
            }

            for (; passed > 0; passed--)
            {
                Seen.RemoveAt(passed - 1);
            }
        }
    }
}

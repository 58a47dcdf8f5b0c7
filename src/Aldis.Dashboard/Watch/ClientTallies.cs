using Aldis.Services.Events;

namespace Aldis.Dashboard.Watch;

/// <summary>What clients have done since the server started, of as many as were heard last. Not thread-safe.</summary>
/// <param name="capacity">How many clients are kept, from 1.</param>
internal sealed class ClientTallies(int capacity)
{
    private readonly Dictionary<string, LinkedListNode<(string Client, ClientTally Tally)>> _byClient = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Client, ClientTally Tally)> _byAge = new();

    /// <summary>Takes note of an event.</summary>
    /// <param name="what">The event; only the ends of connections and refusals count, of who named an id.</param>
    public void Note(in ServiceEvent what)
    {
        if (what.Client is not { Length: > 0 } client)
        {
            return;
        }

        ClientTally more = what.Kind switch
        {
            ServiceEventKind.ConnectionClosed => new ClientTally(1, what.Repeats, 0),
            ServiceEventKind.MessageRefused or ServiceEventKind.FileRefused => new ClientTally(0, 0, 1 + what.Further),
            _ => default,
        };
        if (more == default)
        {
            return;
        }

        ClientTally before = default;
        if (_byClient.Remove(client, out LinkedListNode<(string Client, ClientTally Tally)>? known))
        {
            before = known.Value.Tally;
            _byAge.Remove(known);
        }
        else if (_byClient.Count == capacity)
        {
            _byClient.Remove(_byAge.First!.Value.Client);
            _byAge.RemoveFirst();
        }

        _byClient.Add(client, _byAge.AddLast((client, new ClientTally(
            before.Connections + more.Connections, before.Repeats + more.Repeats, before.Refused + more.Refused))));
    }

    /// <summary>What one has done; nothing where it is not among those that were heard last.</summary>
    /// <param name="client">Its id.</param>
    public ClientTally Find(string client) => _byClient.TryGetValue(client, out LinkedListNode<(string Client, ClientTally Tally)>? known)
        ? known.Value.Tally
        : default;
}

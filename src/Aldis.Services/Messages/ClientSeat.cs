using Aldis.Protocols.Messages;
using Aldis.Journal.Embedded;

namespace Aldis.Services.Messages;

/// <summary>
/// One native client and the connections that claim its id. All decisions (<see cref="ClientLedger"/>, its sessions) are made under
/// <see cref="Gate"/>; after each, the connections are woken that may have something to say because of it.
/// </summary>
internal sealed class ClientSeat : IMessageHistory
{
    private readonly MessageJournal _journal;
    private readonly List<NativeConnection> _connections = [];

    public ClientSeat(MessageJournal journal, string client)
    {
        _journal = journal;
        Client = client;
        Ledger = new ClientLedger(journal.FindClient(client)?.Committed ?? 0, this);
    }

    /// <summary>The client's id.</summary>
    public string Client { get; }

    /// <summary>Guards the ledger, its sessions and the list of connections. Under it a message is appended and looked up, so it is taken
    /// before the gate of the journal's queue and never inside it: the journal wakes an appender only after it has left its own.</summary>
    public Lock Gate { get; } = new();

    /// <summary>How far the client is.</summary>
    public ClientLedger Ledger { get; }

    /// <summary>Connections that hold the seat; guarded by the store's lock.</summary>
    public int References { get; set; }

    /// <summary>Adds a connection; its session speaks for the client from now on, unless a newer one does.</summary>
    public MessageSession Attach(NativeConnection connection, MessageSessionOptions options)
    {
        lock (Gate)
        {
            MessageSession session = connection.AcceptOrder is long order
                ? new MessageSession(Ledger, options, order) : new MessageSession(Ledger, options);
            if (session.ClosedFor is null)
            {
                foreach (NativeConnection older in _connections)
                {
                    older.Hurry();
                }
            }

            _connections.Add(connection);
            WakeOthers(connection);
            return session;
        }
    }

    /// <summary>Removes a connection whose messages are settled.</summary>
    public void Detach(NativeConnection connection, MessageSession session)
    {
        lock (Gate)
        {
            _connections.Remove(connection);
            session.HandleDisconnected();
            WakeOthers(connection);
        }
    }

    /// <summary>Lets the other connections see what changed; called under <see cref="Gate"/>.</summary>
    public void WakeOthers(NativeConnection connection)
    {
        foreach (NativeConnection other in _connections)
        {
            if (other != connection)
            {
                other.Wake();
            }
        }
    }

    /// <inheritdoc/>
    public bool TryGetCrc(long sequence, out uint crc)
    {
        crc = 0;
        return _journal.FindClient(Client) is JournalClient client && _journal.TryGetCrc(client, sequence, out crc);
    }
}

using System.Diagnostics;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Messages;

/// <summary>
/// One native client and the connections that claim its id. All decisions (<see cref="ClientLedger"/>, its sessions) are made under
/// <see cref="Gate"/>; after each, the connections are woken that may have something to say because of it. Nothing is awaited under the
/// gate, and nothing that was awaited goes on under it: what the store holds is read before and handed to the ledger. The gate comes first: a
/// store's own locks are taken under it, by an append and a comparison, and never the other way round.
/// </summary>
internal sealed class ClientSeat(string client)
{
    private readonly List<NativeConnection> _connections = [];

    /// <summary>The client's id.</summary>
    public string Client { get; } = client;

    /// <summary>Guards the ledger, its sessions and the list of connections. Under it a message is appended and looked up, so it is taken
    /// before the gate of the journal's queue and never inside it: the journal wakes an appender only after it has left its own.</summary>
    public Lock Gate { get; } = new();

    /// <summary>How far the client is.</summary>
    public ClientLedger Ledger { get; } = new();

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
        AssertOutside();
        lock (Gate)
        {
            _connections.Remove(connection);
            session.HandleDisconnected();
            WakeOthers(connection);
        }
    }

    /// <summary>Takes what came of opening the client for a connection whose turn has come; called under <see cref="Gate"/>.</summary>
    public void HandleOpened(MessageSession session, in StoreOpening opening)
    {
        if (opening.IsOpen)
        {
            Ledger.HandleOpened(session, opening.Appender.Progress.CommittedSequence, opening.Appender);
            return;
        }

        Ledger.HandleNotOpened(session, opening.Status switch
        {
            StoreOpenStatus.Unavailable => NakCode.Busy,
            StoreOpenStatus.LeaseLost => NakCode.Superseded,
            _ => NakCode.StoreFailed,
        });
    }

    /// <summary>Takes what came of opening the client again after an appender has ended; called under <see cref="Gate"/>.</summary>
    /// <returns>False where it stays unknown what was stored: the connection ends without a word.</returns>
    public bool TryHandleRenewed(MessageSession session, AppendOutcome outcome, in StoreOpening opening)
    {
        if (!Ledger.IsOwnedBy(session))
        {
            return true;
        }

        switch (opening.Status)
        {
            case StoreOpenStatus.Opened when Ledger.HandleReopened(opening.Appender!.Progress.CommittedSequence, opening.Appender):
            case StoreOpenStatus.Unavailable when outcome == AppendOutcome.NotStored:
                return true;
            case StoreOpenStatus.Failed:
                Ledger.HandleFailed(NakCode.StoreFailed);
                return true;
            case StoreOpenStatus.LeaseLost:
                Ledger.HandleLeaseLost();
                return true;
            default:
                Ledger.HandleUnknown();
                return false;
        }
    }

    /// <summary>Takes what is known of what a connection appended; called under <see cref="Gate"/>.</summary>
    public void HandleProgress(MessageSession session, in AppendProgress progress)
    {
        // A newer connection has opened the client, and taken the lease, when the older one hears the last of its appender.
        if (!Ledger.IsOwnedBy(session))
        {
            return;
        }

        Ledger.HandleCommitted(progress.CommittedSequence);
        if (progress.Outcome == AppendOutcome.NotStored)
        {
            Ledger.HandleFailed(NakCode.Busy);
        }
        else if (progress.Outcome == AppendOutcome.LeaseLost)
        {
            Ledger.HandleLeaseLost();
        }
    }

    /// <summary>
    /// What awaited something goes on: never under the gate, where it would find the list of connections being walked through, or the ledger
    /// in the middle of a decision.
    /// </summary>
    [Conditional("DEBUG")]
    public void AssertOutside() => Debug.Assert(!Gate.IsHeldByCurrentThread, "Something that was awaited goes on under the gate.");

    /// <summary>Lets the other connections see what changed; called under <see cref="Gate"/>, so that they go on elsewhere.</summary>
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
}

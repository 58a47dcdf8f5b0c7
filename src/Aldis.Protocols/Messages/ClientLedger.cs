using System.Diagnostics;

namespace Aldis.Protocols.Messages;

/// <summary>
/// What a server knows of one client across its connections: how far its messages are committed (H), which is expected next (E), and
/// which connection speaks for it (docs/protocols/messages.md section 4). It decides; the driver's journal stores.
/// Not synchronised: the driver makes all calls to a ledger and to its sessions under one lock.
/// </summary>
public sealed class ClientLedger
{
    private MessageSession? _owner;
    private MessageSession? _waiting;
    private bool _isStoreFailed;

    /// <summary>Creates the ledger of a client from what the store holds of it.</summary>
    /// <param name="committed">Highest number that is safe at the server's level; 0 for a new client.</param>
    /// <param name="history">What the store remembers of the client's last messages.</param>
    public ClientLedger(long committed, IMessageHistory history)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(committed);
        Committed = committed;
        Expected = committed + 1;
        History = history;
    }

    /// <summary>H: the highest number that is safe at the server's level; 0 if there is none.</summary>
    public long Committed { get; private set; }

    /// <summary>E: the number the next message must have.</summary>
    public long Expected { get; private set; }

    /// <summary>True when nothing is under way: every message taken was committed or failed.</summary>
    public bool IsSettled => Expected == Committed + 1;

    /// <summary>True when no connection speaks for the client and nothing is under way: the ledger may be forgotten.</summary>
    public bool IsIdle => IsSettled && _owner is null && _waiting is null;

    internal IMessageHistory History { get; }

    /// <summary>The highest order of a connection that speaks for the client or waits to; 0 if there is none.</summary>
    internal long NewestOrder => Math.Max(_owner?.AcceptOrder ?? 0, _waiting?.AcceptOrder ?? 0);

    internal long Outstanding => Expected - 1 - Committed;

    /// <summary>Takes that everything up to a number is safe, and prepares the acknowledgement.</summary>
    /// <param name="sequence">The number; one that is committed already changes nothing, one that was not taken is a defect of the driver.</param>
    public void HandleCommitted(long sequence)
    {
        Debug.Assert(sequence < Expected, "What was not taken cannot be committed.");
        if (sequence <= Committed || sequence >= Expected)
        {
            return;
        }

        Committed = sequence;
        _owner?.HandleCommitted(sequence);
        Promote();
    }

    /// <summary>Takes that what is under way was not stored and never will be: the client must send it again.</summary>
    /// <param name="code"><see cref="NakCode.Busy"/>, <see cref="NakCode.DiskFull"/>, <see cref="NakCode.ShuttingDown"/> or
    /// <see cref="NakCode.StoreFailed"/>, after which nobody is answered any more.</param>
    public void HandleFailed(NakCode code)
    {
        Debug.Assert(code is NakCode.Busy or NakCode.DiskFull or NakCode.ShuttingDown or NakCode.StoreFailed);
        _isStoreFailed |= code == NakCode.StoreFailed;
        if (!IsSettled)
        {
            Expected = Committed + 1;
            _owner?.HandleFailed(code);
        }

        if (_isStoreFailed)
        {
            _owner?.Close(NakCode.StoreFailed);
        }

        Promote();
    }

    /// <summary>Lets a new connection speak for the client. An older one may submit nothing more from now on; the new one is answered once
    /// what the older one submitted is committed or failed.</summary>
    internal void Attach(MessageSession session)
    {
        if (session.AcceptOrder < NewestOrder)
        {
            // The preface of a connection that its client has given up, read after that of the one which replaced it.
            session.Close(NakCode.Superseded);
            return;
        }

        _waiting?.Close(NakCode.Superseded);
        _waiting = session;
        _owner?.Close(NakCode.Superseded);
        Promote();
    }

    internal void Detach(MessageSession session)
    {
        _owner = _owner == session ? null : _owner;
        _waiting = _waiting == session ? null : _waiting;
        Promote();
    }

    internal void Take(long sequence)
    {
        Debug.Assert(sequence == Expected);
        Expected++;
    }

    private void Promote()
    {
        if (_waiting is null || !IsSettled || _owner is { IsFinished: false })
        {
            return;
        }

        _owner = _waiting;
        _waiting = null;
        if (_isStoreFailed)
        {
            _owner.Close(NakCode.StoreFailed);
        }
        else
        {
            _owner.Open();
        }
    }
}

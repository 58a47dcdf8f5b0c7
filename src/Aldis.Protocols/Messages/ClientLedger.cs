using System.Diagnostics;

namespace Aldis.Protocols.Messages;

/// <summary>
/// What a server knows of one client across its connections: how far its messages are committed (H), which is expected next (E), and
/// which connection speaks for it (docs/protocols/messages.md section 4). It decides; the driver's journal stores.
/// Not synchronised: the driver makes all calls to a ledger and to its sessions under one lock.
/// </summary>
internal sealed class ClientLedger
{
    private MessageSession? _owner;
    private MessageSession? _waiting;
    private bool _isStoreFailed;

    /// <summary>Creates the ledger of a client whose store is opened anew for each connection: what it holds is heard by
    /// <see cref="HandleOpened"/>, and no preface is answered before.</summary>
    public ClientLedger()
        : this(0, NoHistory.Instance)
    {
        IsOpenedForEach = true;
    }

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

    internal IMessageHistory History { get; private set; }

    /// <summary>True where a session whose turn has come waits for <see cref="HandleOpened"/> before it answers.</summary>
    internal bool IsOpenedForEach { get; }

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

    /// <summary>Whether a session is the one that appends for the client: what becomes of another one's appender is no news of this
    /// ledger.</summary>
    /// <param name="session">The session.</param>
    public bool IsOwnedBy(MessageSession session) => _owner == session;

    /// <summary>Takes what the store holds of the client now that a connection whose turn has come opened it; its preface is answered with
    /// that.</summary>
    /// <param name="session">The session of that connection.</param>
    /// <param name="committed">H, as the store says.</param>
    /// <param name="history">What the store remembers of the client's last messages.</param>
    public void HandleOpened(MessageSession session, long committed, IMessageHistory history)
    {
        Debug.Assert(session == _owner && IsSettled, "Nobody opens before what an older connection submitted is settled.");
        Committed = committed;
        Expected = committed + 1;
        History = history;
        session.HandleOpened();
        Promote();
    }

    /// <summary>Takes that the store could not be opened for a connection whose turn has come: its preface is refused.</summary>
    /// <param name="session">The session of that connection.</param>
    /// <param name="code"><see cref="NakCode.Busy"/>, <see cref="NakCode.StoreFailed"/> or <see cref="NakCode.Superseded"/>.</param>
    public void HandleNotOpened(MessageSession session, NakCode code)
    {
        Debug.Assert(code is NakCode.Busy or NakCode.StoreFailed or NakCode.Superseded);
        session.HandleStoreClosed(code);
        Promote();
    }

    /// <summary>
    /// Takes what the store holds after it was not known what became of what is under way. What it holds of it is acknowledged, the rest
    /// the client sends again. The answer is only as good as the proof that the stored messages are the ones that were taken, so the CRCs are
    /// compared first.
    /// </summary>
    /// <param name="committed">H, read anew.</param>
    /// <param name="history">What the store remembers of the client's last messages, read anew.</param>
    /// <returns>False, and nothing is changed, where that cannot have come of what this ledger handed over: somebody else writes as the
    /// client, or the store lost what was acknowledged. Nobody may be answered then.</returns>
    public bool HandleReopened(long committed, IMessageHistory history)
    {
        if (committed < Committed || committed >= Expected)
        {
            return false;
        }

        for (long sequence = Committed + 1; sequence <= committed; sequence++)
        {
            if (!History.TryGetCrc(sequence, out uint taken) || !history.TryGetCrc(sequence, out uint stored) || taken != stored)
            {
                return false;
            }
        }

        History = history;
        HandleCommitted(committed);
        HandleFailed(NakCode.Busy);
        return true;
    }

    /// <summary>Takes that another server writes as this client now: what is under way is not acknowledged here, whatever became of
    /// it.</summary>
    public void HandleLeaseLost()
    {
        Expected = Committed + 1;
        _owner?.HandleStoreClosed(NakCode.Superseded);
        Promote();
    }

    /// <summary>Takes that it stays unknown what became of what is under way. Its connection hears nothing more; a newer one opens
    /// the store anew before it is answered.</summary>
    public void HandleUnknown()
    {
        Expected = Committed + 1;
        _owner?.Abandon();
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

    /// <summary>That of a client of whom nothing was read yet: nothing is compared before.</summary>
    private sealed class NoHistory : IMessageHistory
    {
        public static readonly NoHistory Instance = new();

        public bool TryGetCrc(long sequence, out uint crc)
        {
            crc = 0;
            return false;
        }
    }
}

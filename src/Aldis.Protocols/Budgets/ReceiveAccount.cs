namespace Aldis.Protocols.Budgets;

/// <summary>
/// What one connection has received and not yet taken. The connection counts, on whatever thread it runs, in memory of its own; the
/// budget hears of it in larger steps (<see cref="MostUnsettledBytes"/>), and of the rest with its next decision.
/// </summary>
internal sealed class ReceiveAccount
{
    /// <summary>How much an account may differ from what the budget knows of it: a block of the socket transport.</summary>
    public const int MostUnsettledBytes = 68 * 1024;

    /// <summary>What counts as short, with what is held for it already: it is read until the bound itself, without a promise.</summary>
    public const int ShortBytes = 2 * MostUnsettledBytes;

    /// <summary>What anybody may hold at any time: a header, by which it is known how much is to come, or a small message as a whole.</summary>
    public const int TasteBytes = 4096;

    private readonly ReceiveBudget _budget;
    private long _heldBytes;
    private long _heldAboveBytes;
    private long _missingBytes;
    private long _spareBytes;
    private MovementMeter _meter;
    private volatile bool _isWaiting;
    private volatile bool _isGranted;

    /// <summary>Made by <see cref="ReceiveBudget.Open"/>.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="share">That of the address.</param>
    /// <param name="number">Accounts are numbered as they open.</param>
    public ReceiveAccount(ReceiveBudget budget, ReceiveScope share, long number)
    {
        _budget = budget;
        Share = share;
        Number = number;
    }

    /// <summary>The connection; null until it is known, and then nobody is ended.</summary>
    public IReceiveOwner? Owner { get; set; }

    /// <summary>Bytes of memory it holds.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes) + Volatile.Read(ref _heldAboveBytes);

    /// <summary>How many bytes the unit that is being received lacks; 0 where none is, or its length is not known. Set by whoever reads
    /// units, read by anybody.</summary>
    public long MissingBytes
    {
        get => Volatile.Read(ref _missingBytes);
        set => Volatile.Write(ref _missingBytes, value);
    }

    /// <summary>How many more bytes fit into the memory it holds already.</summary>
    public long SpareBytes
    {
        get => Volatile.Read(ref _spareBytes);
        set => Volatile.Write(ref _spareBytes, value);
    }

    /// <summary>Whether the server does not read it, to save memory: that time counts against nobody.</summary>
    public bool IsWaiting => _isWaiting;

    /// <summary>Whether memory is scarce and it is not among those that are read, beyond <see cref="TasteBytes"/>.</summary>
    public bool IsHeldBack => IsScarce && !_isGranted && NeedsGrant;

    /// <summary>Whether the budget ended it, and the reason as a clause about the client.</summary>
    public string? EndReason { get; set; }

    /// <summary>That of its address.</summary>
    internal ReceiveScope Share { get; }

    /// <summary>Which one it is, in the order in which they opened.</summary>
    internal long Number { get; }

    /// <summary>What the budget knows of <see cref="HeldBytes"/>. Under its lock.</summary>
    internal long SettledBytes { get; set; }

    /// <summary>Where the budget keeps it; -1 once it is closed. Under its lock.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>How much it moves. Under the budget's lock.</summary>
    internal ref MovementMeter Meter => ref _meter;

    /// <summary>Whether the decision that is being made grants it room. Under the budget's lock.</summary>
    internal bool IsChosen { get; set; }

    /// <summary>Whether only its peer held it up when the budget looked last. Under the budget's lock.</summary>
    internal bool AwaitedPeer { get; set; }

    /// <summary>Bytes that passed so far, as far as is known.</summary>
    internal long MovedBytes => Owner?.MovedBytes ?? 0;

    /// <summary>Whether nothing but its peer holds it up.</summary>
    internal bool AwaitsPeer => !_isWaiting && Owner is { AwaitsPeer: true };

    /// <summary>How far it is from its end; less is nearer.</summary>
    internal long Distance => MissingBytes is > 0 and long missing ? missing : Math.Max(MostUnsettledBytes, HeldBytes);

    /// <summary>Memory it takes to its end, in whole blocks, beyond what it holds.</summary>
    internal long NeedBytes
    {
        get
        {
            long need = Math.Max(0, Distance - SpareBytes);
            return (need + MostUnsettledBytes - 1) / MostUnsettledBytes * MostUnsettledBytes;
        }
    }

    /// <summary>Whether memory is scarce for it.</summary>
    internal bool IsScarce => Share.IsScarce || _budget.Total.IsScarce;

    /// <summary>Whether it may read on only where room is kept for it: all but a unit that stays short to its end, and that too at the
    /// bound itself.</summary>
    internal bool NeedsGrant => HeldBytes + NeedBytes > ShortBytes || Share.IsFull || _budget.Total.IsFull;

    /// <summary>Takes that the connection holds more or less memory. By the connection's reader alone.</summary>
    /// <param name="bytes">How much more; negative for less.</param>
    public void Add(long bytes)
    {
        Volatile.Write(ref _heldBytes, _heldBytes + bytes);
        if (Math.Abs(HeldBytes - SettledBytes) > MostUnsettledBytes)
        {
            _budget.Settle(this);
        }
    }

    /// <summary>Takes that what stands above the connection, such as TLS, holds more or less memory for it. By any thread.</summary>
    /// <param name="bytes">How much more; negative for less.</param>
    public void AddAbove(long bytes)
    {
        Interlocked.Add(ref _heldAboveBytes, bytes);
        if (Math.Abs(HeldBytes - SettledBytes) > MostUnsettledBytes)
        {
            _budget.Settle(this);
        }
    }

    /// <summary>Tells the budget all of it, before a wait that may be long.</summary>
    public void Settle()
    {
        if (HeldBytes != SettledBytes)
        {
            _budget.Settle(this);
        }
    }

    /// <summary>Asks before more is received.</summary>
    /// <returns>Bytes to be received at most; 0 where it has to wait, and is told when it may go on.</returns>
    public int AllowReceive()
    {
        if (!IsScarce || _isGranted)
        {
            return int.MaxValue;
        }

        long held = HeldBytes;
        if (held < TasteBytes)
        {
            return (int)(TasteBytes - held);
        }

        if (MissingBytes > 0 && !NeedsGrant)
        {
            return int.MaxValue;
        }

        _isWaiting = true;
        return 0;
    }

    /// <summary>Takes that something was received and not kept, because of <see cref="IsHeldBack"/>.</summary>
    public void OnDiscarded() => _isWaiting = true;

    /// <summary>Says that the connection is over and holds nothing any more.</summary>
    public void Close() => _budget.Close(this);

    /// <summary>Takes what was decided, and ends its wait if it need not wait any more. Under the budget's lock.</summary>
    /// <returns>Whether it waited and is to be told.</returns>
    internal bool TryResume()
    {
        _isGranted = IsChosen;
        if (!_isWaiting || (IsHeldBack && HeldBytes >= TasteBytes))
        {
            return false;
        }

        _isWaiting = false;
        return true;
    }
}

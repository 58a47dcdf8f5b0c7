using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Budgets;

/// <summary>
/// Bounds what a server has received and not yet taken, for each address and in all, whatever carries it (decision 14). Near a bound it
/// lets those read whose unit lacks least, as many as have room to come to their end, so that somebody always finishes; the others wait. Who
/// is read and still does not move is ended, the slowest first. It has no clock: <see cref="Decide"/> is told the time. Thread-safe.
/// </summary>
internal sealed class ReceiveBudget
{
    /// <summary>Who moves less than this in a second, over <see cref="MovementMeter.Window"/>, while memory is scarce, does not move. Only
    /// time counts in which nothing but its peer held it up.</summary>
    public const int SlowBytesPerSecond = 240;

    // Whoever decides later than this was stopped itself: that counts against nobody.
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly long _mostBytesPerAddress;
    private readonly Dictionary<NetworkKey, ReceiveScope> _shares = [];
    private readonly List<ReceiveAccount> _accounts = [];
    private TimeSpan _decidedAt;
    private long _opened;

    /// <summary>Makes a budget of which nothing is used.</summary>
    /// <param name="mostBytes">Bytes in all.</param>
    /// <param name="mostBytesPerAddress">Bytes of an address; at most half of all, so that one address alone makes memory scarce for
    /// itself and for nobody else.</param>
    public ReceiveBudget(long mostBytes, long mostBytesPerAddress)
    {
        Total = new ReceiveScope(default, mostBytes);
        _mostBytesPerAddress = Math.Min(mostBytesPerAddress, mostBytes / 2);
    }

    /// <summary>What is held in all.</summary>
    public ReceiveScope Total { get; }

    /// <summary>Called when memory has become scarce, by whoever received: a decision is due. Outside of the lock.</summary>
    public Action? BecameScarce { get; set; }

    /// <summary>Opens the account of a connection.</summary>
    /// <param name="address">Whose it is; connections with the same key share a bound.</param>
    /// <param name="owner">The connection, where it is known already.</param>
    /// <returns>The account; to be closed.</returns>
    public ReceiveAccount Open(NetworkKey address, IReceiveOwner? owner = null)
    {
        lock (_lock)
        {
            if (!_shares.TryGetValue(address, out ReceiveScope? share))
            {
                _shares.Add(address, share = new ReceiveScope(address, _mostBytesPerAddress));
            }

            share.Accounts++;
            var account = new ReceiveAccount(this, share, ++_opened) { Owner = owner, Slot = _accounts.Count };
            _accounts.Add(account);
            return account;
        }
    }

    /// <summary>Decides who may read and who is ended.</summary>
    /// <param name="now">Time on a clock that never goes back.</param>
    /// <returns>Whom to tell, outside of all locks.</returns>
    public ReceiveDecision Decide(TimeSpan now)
    {
        lock (_lock)
        {
            TimeSpan passed = now - _decidedAt;
            passed = passed > LongestStep ? TimeSpan.Zero : passed;
            _decidedAt = now;
            foreach (ReceiveAccount account in _accounts)
            {
                SettleHeld(account);
            }

            Total.Begin();
            foreach (ReceiveScope share in _shares.Values)
            {
                share.Begin();
            }

            var ended = new List<ReceiveAccount>();
            EndSlowest(Measure(passed), ended);
            Grant();
            var resumed = new List<ReceiveAccount>();
            foreach (ReceiveAccount account in _accounts)
            {
                if (account.TryResume())
                {
                    resumed.Add(account);
                }

                account.AwaitedPeer = account.AwaitsPeer;
            }

            return new ReceiveDecision(Total.IsScarce || _shares.Values.Any(static share => share.IsScarce), resumed, ended);
        }
    }

    /// <summary>Takes what an account holds now.</summary>
    internal void Settle(ReceiveAccount account)
    {
        bool wasScarce;
        bool isScarce;
        lock (_lock)
        {
            if (account.Slot < 0)
            {
                return;
            }

            wasScarce = account.IsScarce;
            SettleHeld(account);
            isScarce = account.IsScarce;
        }

        if (isScarce && !wasScarce)
        {
            BecameScarce?.Invoke();
        }
    }

    /// <summary>Governs an account no longer.</summary>
    internal void Close(ReceiveAccount account)
    {
        lock (_lock)
        {
            if (account.Slot < 0)
            {
                return;
            }

            ReceiveAccount last = _accounts[^1];
            _accounts[account.Slot] = last;
            last.Slot = account.Slot;
            _accounts.RemoveAt(_accounts.Count - 1);
            account.Slot = -1;
            account.Share.Accounts--;
            Change(account, -account.SettledBytes);
        }
    }

    private void SettleHeld(ReceiveAccount account) => Change(account, account.HeldBytes - account.SettledBytes);

    private void Change(ReceiveAccount account, long change)
    {
        account.SettledBytes += change;
        account.Share.Add(change);
        Total.Add(change);
        if (account.Share is { Accounts: 0, HeldBytes: 0 })
        {
            _shares.Remove(account.Share.Key);
        }
    }

    /// <summary>Measures those who hold memory that is scarce.</summary>
    /// <returns>Those who could have moved for long enough and did not.</returns>
    private List<ReceiveAccount> Measure(TimeSpan passed)
    {
        var slow = new List<ReceiveAccount>();
        foreach (ReceiveAccount account in _accounts)
        {
            if (!account.IsScarce || account.HeldBytes == 0)
            {
                account.Meter.Reset();
                continue;
            }

            // The peer had the time since the last decision for itself only if it was waited for at both ends of it.
            if (account.AwaitedPeer && account.AwaitsPeer)
            {
                account.Meter.Take(passed, account.MovedBytes);
            }

            if (account.Meter.MovedBytes is { } moved && moved < MovementMeter.Window.TotalSeconds * SlowBytesPerSecond)
            {
                slow.Add(account);
            }
        }

        return slow;
    }

    private void EndSlowest(List<ReceiveAccount> slow, List<ReceiveAccount> ended)
    {
        IEnumerable<ReceiveAccount> slowestFirst = slow
            .OrderBy(static account => account.Meter.MovedBytes)
            .ThenByDescending(static account => account.Share.HeldBytes)
            .ThenByDescending(static account => account.HeldBytes)
            .ThenBy(static account => account.Number);
        foreach (ReceiveAccount account in slowestFirst)
        {
            if ((account.Share.IsRelieved && Total.IsRelieved) || account.EndReason is not null)
            {
                continue;
            }

            account.Share.End(account.HeldBytes);
            Total.End(account.HeldBytes);
            account.EndReason = $"memory is scarce, and it moved less than {SlowBytesPerSecond} B/s for {MovementMeter.Window.TotalSeconds:0} s";
            ended.Add(account);
        }
    }

    // Nearest to its end first; whoever does not fit waits, and a smaller one behind it does not wait with it.
    private void Grant()
    {
        var waiting = new List<(long Distance, long Need, ReceiveAccount Account)>();
        foreach (ReceiveAccount account in _accounts)
        {
            account.IsChosen = false;
            if (account.IsScarce && (account.NeedsGrant || account.MissingBytes == 0) && (account.IsWaiting || (account.MissingBytes > 0 && account.AwaitsPeer)))
            {
                waiting.Add((account.Distance, account.NeedBytes, account));
            }
        }

        waiting.Sort(static (one, other) => (one.Distance, one.Account.Share.HeldBytes, one.Account.Number).CompareTo(
            (other.Distance, other.Account.Share.HeldBytes, other.Account.Number)));
        foreach ((_, long need, ReceiveAccount account) in waiting)
        {
            if (account.Share.Fits(need) && Total.Fits(need))
            {
                account.Share.Promise(need);
                Total.Promise(need);
                account.IsChosen = true;
            }
        }
    }
}

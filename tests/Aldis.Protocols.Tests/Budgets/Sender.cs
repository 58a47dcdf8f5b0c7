using Aldis.Protocols.Budgets;
using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Tests.Budgets;

/// <summary>A client that sends units of one length at its own pace, one after the other, and may stop in the midst of one.</summary>
internal sealed class Sender : IReceiveOwner
{
    private readonly long _unitBytes;
    private readonly long _bytesPerSecond;
    private readonly long _stopsAfter;
    private double _sent;
    private long _inUnit;
    private long _heldBytes;

    public Sender(ReceiveBudget budget, NetworkKey address, long unitBytes, long bytesPerSecond, long stopsAfter)
    {
        _unitBytes = unitBytes;
        _bytesPerSecond = bytesPerSecond;
        _stopsAfter = stopsAfter;
        Account = budget.Open(address, this);
    }

    public ReceiveAccount Account { get; }

    /// <summary>After so many bytes it goes on at another pace.</summary>
    public long SlowsDownAfter { get; init; } = long.MaxValue;

    /// <summary>That pace.</summary>
    public long SlowBytesPerSecond { get; init; }

    /// <summary>Whether the server has something else to wait for than this client.</summary>
    public bool IsServerBusy { get; set; }

    public bool AwaitsPeer => !IsServerBusy;

    public long MovedBytes { get; private set; }

    public int Finished { get; private set; }

    /// <summary>When the server ended it; null where it did not.</summary>
    public TimeSpan? EndedAt { get; private set; }

    public void EndAt(TimeSpan now)
    {
        EndedAt = now;
        Account.Close();
    }

    public void Advance(TimeSpan time)
    {
        _sent = _sent >= SlowsDownAfter
            ? _sent + (time.TotalSeconds * SlowBytesPerSecond)
            : Math.Min(Math.Min(_stopsAfter, SlowsDownAfter), _sent + (time.TotalSeconds * _bytesPerSecond));
        while (EndedAt is null && !IsServerBusy && (long)_sent > MovedBytes)
        {
            Account.SpareBytes = _heldBytes - _inUnit;
            int most = Account.AllowReceive();
            if (most == 0)
            {
                break;
            }

            long room = Account.SpareBytes == 0 ? ReceiveAccount.MostUnsettledBytes : Account.SpareBytes;
            Take(new[] { room, _unitBytes - _inUnit, (long)_sent - MovedBytes, most }.Min());
        }

        Account.SpareBytes = _heldBytes - _inUnit;
        Account.Settle();
    }

    private void Take(long bytes)
    {
        MovedBytes += bytes;
        _inUnit += bytes;
        Finished += _inUnit == _unitBytes ? 1 : 0;
        _inUnit %= _unitBytes;
        Account.MissingBytes = _inUnit == 0 ? 0 : _unitBytes - _inUnit;

        // A little is kept in memory of its own size, more in whole blocks.
        const long Block = ReceiveAccount.MostUnsettledBytes;
        long held = _inUnit <= ReceiveAccount.TasteBytes ? _inUnit : (_inUnit + Block - 1) / Block * Block;
        Account.Add(held - _heldBytes);
        _heldBytes = held;
    }
}

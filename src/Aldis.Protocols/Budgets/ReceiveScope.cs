using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Budgets;

/// <summary>What is held within one bound: that of an address, or that of the whole server. Changed under the budget's lock, read by
/// anybody.</summary>
/// <param name="key">The address; of no meaning for the whole.</param>
/// <param name="mostBytes">The bound.</param>
internal sealed class ReceiveScope(NetworkKey key, long mostBytes)
{
    private long _heldBytes;
    private long _promisedBytes;
    private long _endedBytes;
    private bool _hasGranted;
    private volatile bool _isScarce;

    /// <summary>The address.</summary>
    public NetworkKey Key => key;

    /// <summary>Bytes held, as far as they were settled.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    /// <summary>Whether three quarters of the bound were held, and since then never less than five eighths.</summary>
    public bool IsScarce => _isScarce;

    /// <summary>Whether the bound itself is reached.</summary>
    public bool IsFull => HeldBytes >= mostBytes;

    /// <summary>Accounts that are open.</summary>
    public int Accounts { get; set; }

    /// <summary>Whether enough was ended that the rest may stay.</summary>
    public bool IsRelieved => !_isScarce || HeldBytes - _endedBytes < EnoughBytes;

    private long EnoughBytes => mostBytes / 8 * 5;

    // The last eighth is for what is short: it is read until the bound itself.
    private long RoomBytes => (mostBytes / 8 * 7) - HeldBytes - _promisedBytes;

    /// <summary>Takes that more or less is held.</summary>
    /// <param name="bytes">How much more; negative for less.</param>
    public void Add(long bytes)
    {
        Volatile.Write(ref _heldBytes, _heldBytes + bytes);
        _isScarce |= _heldBytes >= mostBytes / 4 * 3;
    }

    /// <summary>Begins a decision: nothing is promised and nothing ended yet.</summary>
    public void Begin()
    {
        _promisedBytes = 0;
        _endedBytes = 0;
        _hasGranted = false;
        _isScarce = _isScarce && _heldBytes >= EnoughBytes;
    }

    /// <summary>Takes that an account is ended: what it holds comes back.</summary>
    /// <param name="bytes">What it holds.</param>
    public void End(long bytes) => _endedBytes += bytes;

    /// <summary>Whether there is room for so much more; always for the first, so that somebody finishes, and for who needs none.</summary>
    /// <param name="bytes">How much.</param>
    /// <returns>True where the scope is not scarce, too.</returns>
    public bool Fits(long bytes) => !_isScarce || !_hasGranted || bytes == 0 || bytes <= RoomBytes;

    /// <summary>Keeps room for somebody.</summary>
    /// <param name="bytes">How much.</param>
    public void Promise(long bytes)
    {
        _promisedBytes += bytes;
        _hasGranted = true;
    }
}

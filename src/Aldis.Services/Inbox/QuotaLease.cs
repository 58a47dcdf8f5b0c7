using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>The room that a transfer has taken; what it has not used is given back at its end. Thread-safe.</summary>
/// <param name="quota">Where it is taken from.</param>
/// <param name="folder">The client's folder; empty where it has none.</param>
internal sealed class QuotaLease(InboxQuota quota, string folder) : IDisposable
{
    private readonly Lock _gate = new();
    private long _bytes;
    private int _files;

    /// <summary>Takes room for a file.</summary>
    /// <param name="bytes">Its bytes, as far as they are known.</param>
    /// <param name="refusal">Why it has none, as a sentence.</param>
    /// <returns>Whether it has room.</returns>
    public bool TryReserve(long bytes, out string refusal) => TryReserve(bytes, 1, out refusal);

    /// <summary>Takes room for more of a file whose size nobody knew.</summary>
    /// <param name="bytes">How much more.</param>
    /// <exception cref="InboxRefusedException">There is none.</exception>
    public void Extend(long bytes)
    {
        if (!TryReserve(bytes, 0, out string refusal))
        {
            throw new InboxRefusedException(refusal) { Code = RefusalCode.Quota };
        }
    }

    /// <summary>A file has come to its end.</summary>
    /// <param name="bytes">What it had reserved.</param>
    /// <param name="isStored">Whether it is stored; otherwise its room is given back.</param>
    public void Settle(long bytes, bool isStored)
    {
        lock (_gate)
        {
            _bytes -= bytes;
            _files--;
        }

        quota.Settle(folder, bytes, 1, isStored);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            quota.Settle(folder, _bytes, _files, isStored: false);
            (_bytes, _files) = (0, 0);
        }
    }

    private bool TryReserve(long bytes, int files, out string refusal)
    {
        if (!quota.TryReserve(folder, bytes, files, out refusal))
        {
            return false;
        }

        lock (_gate)
        {
            _bytes += bytes;
            _files += files;
        }

        return true;
    }
}

using System.Globalization;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files.Names;

namespace Aldis.Services.Inbox;

/// <summary>
/// How much the received files have, and how much more may come. What is there is counted when a transfer opens and the last count is
/// older than a few seconds, because others take files away; in between what was stored is added. Thread-safe.
/// </summary>
/// <param name="options">The bounds.</param>
/// <param name="time">The clock.</param>
internal sealed class InboxQuota(InboxOptions options, TimeProvider time)
{
    private static readonly TimeSpan CountAge = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Amount> _amounts = new(StringComparer.Ordinal);
    private long? _counted;

    private bool HasBounds => options.QuotaBytes is not null || options.QuotaFiles is not null || options.ClientQuotaBytes is not null;

    /// <summary>Looks what is there, for a transfer that begins.</summary>
    /// <param name="root">The directory of received files.</param>
    /// <param name="folder">The client's folder; empty where it has none.</param>
    /// <returns>What the transfer takes its share from; the caller disposes it.</returns>
    public QuotaLease Begin(IStorageRoot root, string folder)
    {
        lock (_gate)
        {
            if (HasBounds && (_counted is not { } counted || time.GetElapsedTime(counted) > CountAge))
            {
                Count(root);
                _counted = time.GetTimestamp();
            }

            return new QuotaLease(this, folder);
        }
    }

    /// <summary>Takes room.</summary>
    /// <param name="folder">The client's folder.</param>
    /// <param name="bytes">For so many bytes.</param>
    /// <param name="files">For so many files.</param>
    /// <param name="refusal">Why there is none, as a sentence.</param>
    public bool TryReserve(string folder, long bytes, int files, out string refusal)
    {
        refusal = string.Empty;
        if (!HasBounds)
        {
            return true;
        }

        lock (_gate)
        {
            Amount all = AmountOf(string.Empty);
            Amount its = AmountOf(folder);
            refusal = Excess("received files", all.Bytes + all.ReservedBytes, bytes, options.QuotaBytes)
                ?? Excess("received files", all.Files + all.ReservedFiles, files, options.QuotaFiles, "files")
                ?? (folder.Length == 0 ? null
                    : Excess($"the files of '{folder}'", its.Bytes + its.ReservedBytes, bytes, options.ClientQuotaBytes))
                ?? string.Empty;
            if (refusal.Length == 0)
            {
                Add(folder, amount =>
                {
                    amount.ReservedBytes += bytes;
                    amount.ReservedFiles += files;
                });
            }

            return refusal.Length == 0;
        }
    }

    /// <summary>Gives room back, or keeps it for what was stored.</summary>
    /// <param name="folder">The client's folder.</param>
    /// <param name="bytes">What was reserved.</param>
    /// <param name="files">How many files that were.</param>
    /// <param name="isStored">Whether they are there now.</param>
    public void Settle(string folder, long bytes, int files, bool isStored)
    {
        if (HasBounds)
        {
            lock (_gate)
            {
                Add(folder, amount =>
                {
                    amount.ReservedBytes -= bytes;
                    amount.ReservedFiles -= files;
                    amount.Bytes += isStored ? bytes : 0;
                    amount.Files += isStored ? files : 0;
                });
            }
        }
    }

    private static string? Excess(string whose, long used, long more, long? bound, string unit = "bytes") =>
        bound is { } most && more > most - used
            ? string.Create(CultureInfo.InvariantCulture, $"{whose} may have {most} {unit}, and {Math.Max(0, most - used)} are left")
            : null;

    private void Count(IStorageRoot root)
    {
        foreach (Amount amount in _amounts.Values)
        {
            amount.Bytes = amount.Files = 0;
        }

        foreach (string path in root.ListFiles())
        {
            int slash = path.IndexOf('/', StringComparison.Ordinal);
            string folder = slash < 0 ? string.Empty : path[..slash];
            if (folder != PathRule.PartsDirectory && root.GetStatus(path) is { } status)
            {
                Add(folder, amount =>
                {
                    amount.Bytes += status.Length;
                    amount.Files++;
                });
            }
        }
    }

    private void Add(string folder, Action<Amount> change)
    {
        change(AmountOf(string.Empty));
        if (folder.Length > 0)
        {
            change(AmountOf(folder));
        }
    }

    private Amount AmountOf(string folder)
    {
        if (!_amounts.TryGetValue(folder, out Amount? amount))
        {
            amount = new Amount();
            _amounts.Add(folder, amount);
        }

        return amount;
    }

    private sealed class Amount
    {
        public long Bytes { get; set; }

        public long Files { get; set; }

        public long ReservedBytes { get; set; }

        public long ReservedFiles { get; set; }
    }
}

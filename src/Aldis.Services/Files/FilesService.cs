using System.Runtime.CompilerServices;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;

namespace Aldis.Services.Files;

/// <summary>What all connections of a files server have in common.</summary>
/// <param name="store">Where transfers are received.</param>
/// <param name="share">What may be fetched; null where nothing is shared.</param>
internal sealed class FilesService(ITransferStore store, ITransferShare? share)
{
    private static readonly ConditionalWeakTable<FileInbox, FilesService> Services = [];

    /// <summary>Most entries of a transfer.</summary>
    public const int MaxEntries = 100_000;

    /// <summary>Bytes of the longest manifest.</summary>
    public const int MaxManifestBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of memory for all manifests that are open at once.</summary>
    public const long MaxManifestMemory = 512L * 1024 * 1024;

    /// <summary>The one of an inbox: all listeners that receive into it have it in common.</summary>
    /// <param name="inbox">The inbox.</param>
    /// <param name="share">What may be fetched; that of the first who asks counts.</param>
    public static FilesService Of(FileInbox inbox, ITransferShare? share) =>
        Services.GetValue(inbox, into => new FilesService(into.Transfers, share));

    /// <summary>Where transfers are received.</summary>
    public ITransferStore Store { get; } = store;

    /// <summary>What may be fetched; null where nothing is shared.</summary>
    public ITransferShare? Share { get; } = share;

    /// <summary>What is told every client.</summary>
    public FilesHello Hello { get; } = new(
        store.Limits.MaxFileBytes,
        Math.Min(store.Limits.MaxEntries, MaxEntries),
        Math.Min(store.Limits.MaxManifestBytes, MaxManifestBytes));

    /// <summary>Who holds which transfer.</summary>
    public TransferSeats Seats { get; } = new();

    /// <summary>What bounds the memory of manifests.</summary>
    public ManifestQuota Manifests { get; } = new(MaxManifestMemory);
}

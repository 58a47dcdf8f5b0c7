using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Files.Names;

namespace Aldis.Services.Inbox;

/// <summary>Receives transfers of the native form into an inbox. Thread-safe.</summary>
/// <param name="inbox">The inbox.</param>
/// <param name="time">The clock.</param>
internal sealed class TransferStore(FileInbox inbox, TimeProvider time) : ITransferStore
{
    private readonly InboxQuota _quota = new(inbox.Options, time);
    private readonly PartSweep _sweep = new(inbox.Options.PartAge, time);

    /// <inheritdoc/>
    public FilesHello Limits => new(inbox.Options.MaxFileBytes, int.MaxValue, int.MaxValue);

    /// <inheritdoc/>
    public ValueTask<IIncomingTransfer> OpenAsync(TransferOffer offer, ITransferObserver observer)
    {
        var opened = new TaskCompletionSource<IIncomingTransfer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = OpenAsync(offer, observer, opened);
        return new(opened.Task);
    }

    /// <summary>Removes the unfinished files that nobody came back for.</summary>
    /// <param name="root">The directory of received files.</param>
    /// <returns>How many.</returns>
    public int RemoveAbandoned(IStorageRoot root) => _sweep.Run(root);

    private async Task OpenAsync(TransferOffer offer, ITransferObserver observer, TaskCompletionSource<IIncomingTransfer> opened)
    {
        IncomingTransfer transfer;
        try
        {
            transfer = await inbox.RunAsync(() => Open(offer, observer)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            opened.SetException(exception);
            return;
        }

        // The observer hears of nothing before the task has ended.
        opened.SetResult(transfer);
        await transfer.GiveNamesAsync().ConfigureAwait(false);
    }

    private IncomingTransfer Open(TransferOffer offer, ITransferObserver observer)
    {
        inbox.EnsureWell();
        string folder = inbox.Options.HasClientFolders ? FolderOf(offer.Client) : string.Empty;
        return inbox.InRoot(root => Open(offer, observer, root, folder));
    }

    private IncomingTransfer Open(TransferOffer offer, ITransferObserver observer, IStorageRoot root, string folder)
    {
        if (!offer.Opening.IsVerify)
        {
            inbox.EnsureFreeSpace();
            Parts.MakeDirectory(root);
        }

        _sweep.RunWhenDue(root);
        QuotaLease quota = _quota.Begin(root, folder);
        try
        {
            var plan = new TransferPlan(inbox.Options, root, offer, folder, quota, inbox.CountRoom());
            inbox.SyncConfirmed(plan);
            if (!plan.Answers.Any(TransferPlan.IsWanted))
            {
                // All is there from an attempt that may have ended before it came to this.
                plan.SetDirectoryTimes();
            }

            return new IncomingTransfer(inbox, plan, offer, quota, observer);
        }
        catch
        {
            quota.Dispose();
            throw;
        }
    }

    private static string FolderOf(string client) =>
        PathRule.Check(System.Text.Encoding.UTF8.GetBytes(client), out string folder) is var fault and not NameFault.None
            ? throw new InboxRefusedException($"the client's id names its folder, and '{client}' {NameFaultText.Describe(fault)}")
            : folder;
}

using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

/// <summary>Transfers into an inbox on a simulated disk, whose work is done step by step.</summary>
internal sealed class TransferFixture
{
    public const string Parts = ".aldis-parts";

    private readonly ManualThreads _threads;

    /// <summary>Makes it.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="seed">Decides in which order its work is done.</param>
    /// <param name="options">The inbox's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="syncs">Does the syncs; the others' if left out.</param>
    public TransferFixture(
        SimulatedStorage disk, int seed = 0, InboxOptions? options = null, VirtualTime? time = null, ManualThreads? syncs = null)
    {
        _threads = new ManualThreads(seed);
        options ??= new InboxOptions { Directory = "files", FreeSpaceFloor = 0 };
        Inbox = new FileInbox(options, disk, _threads, syncs ?? _threads, time);
    }

    public FileInbox Inbox { get; }

    /// <summary>What a source offers.</summary>
    public static TransferOffer Offer(
        IEnumerable<ManifestEntry> entries,
        ConflictPolicy policy = ConflictPolicy.Fail,
        string key = "0123456789abcdef",
        string client = "pump",
        bool isVerify = false)
    {
        ManifestEntry[] all = [.. entries];
        var opening = new TransferOpening { Key = key, EntryCount = all.Length, ManifestBytes = 1, Policy = policy, IsVerify = isVerify };
        return new TransferOffer(client, opening, all);
    }

    public Task<IIncomingTransfer> OpenAsync(TransferOffer offer, TransferRecorder recorder) =>
        _threads.RunAsync(Inbox.Transfers.OpenAsync(offer, recorder).AsTask());

    /// <summary>Sends what is wanted of files, and ends the transfer.</summary>
    /// <param name="files">The files, in the place of their entries.</param>
    /// <param name="offer">The transfer.</param>
    /// <param name="chunks">How many chunks are sent before the connection ends.</param>
    /// <returns>What was answered, and what became of it.</returns>
    public async Task<(IReadOnlyList<EntryAnswer> Answers, TransferRecorder Recorder)> SendAsync(
        IReadOnlyList<SourceFile> files, TransferOffer offer, int chunks = int.MaxValue)
    {
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await OpenAsync(offer, recorder);
        for (int entry = 0; entry < files.Count && chunks > 0; entry++)
        {
            if (transfer.Answers[entry].Kind is TransferUnitKind.Want or TransferUnitKind.Resume)
            {
                chunks -= await SendAsync(transfer, entry, files[entry], transfer.Answers[entry].Offset, chunks);
            }
        }

        await DoAsync(transfer.DisposeAsync());
        return (transfer.Answers, recorder);
    }

    public Task<(IReadOnlyList<EntryAnswer> Answers, TransferRecorder Recorder)> SendAsync(params SourceFile[] files) =>
        SendAsync(files, Offer(files.Select(file => file.Entry)));

    /// <summary>Sends a file from an offset on.</summary>
    /// <returns>How many chunks were sent.</returns>
    public async Task<int> SendAsync(IIncomingTransfer transfer, int entry, SourceFile file, long from, int most)
    {
        int sent = 0;
        foreach (long end in file.Ends().Where(end => end > from || file.Size == 0).Take(most))
        {
            foreach ((long offset, byte[] bytes) in file.PiecesBefore(end))
            {
                await DoAsync(transfer.WriteAsync(entry, offset, bytes));
            }

            await DoAsync(transfer.CompleteChunkAsync(entry, end, file.ChainAt(end), end == file.Size));
            sent++;
        }

        return sent;
    }

    public async Task DoAsync(ValueTask work)
    {
        Task task = work.AsTask();
        await _threads.RunUntilAsync(task);
        await task;
    }

    public Task<T> DoAsync<T>(ValueTask<T> work) => _threads.RunAsync(work.AsTask());
}

using Aldis.Protocols.Files;
using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files;

/// <summary>Another store, which tells how far it has come with the one file that it is given.</summary>
internal sealed class AwaitedStore(ITransferStore store) : ITransferStore
{
    private readonly Lock _gate = new();
    private readonly List<(long End, TaskCompletionSource Reached)> _awaited = [];
    private long _completed;

    public FilesHello Limits => store.Limits;

    /// <summary>Waits until it was given a chunk that ends at an offset or behind it: that one stays, whatever becomes of the connection.</summary>
    public Task WaitForChunkAsync(long end)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_completed >= end)
            {
                return Task.CompletedTask;
            }

            _awaited.Add((end, reached));
        }

        return reached.Task.InTime();
    }

    public async ValueTask<IIncomingTransfer> OpenAsync(TransferOffer offer, ITransferObserver observer) =>
        new Incoming(this, await store.OpenAsync(offer, observer));

    private void HandleCompleted(long end)
    {
        lock (_gate)
        {
            _completed = end;
            foreach ((_, TaskCompletionSource reached) in _awaited.Where(one => one.End <= end))
            {
                reached.TrySetResult();
            }
        }
    }

    private sealed class Incoming(AwaitedStore owner, IIncomingTransfer transfer) : IIncomingTransfer
    {
        public IReadOnlyList<EntryAnswer> Answers => transfer.Answers;

        public ValueTask WriteAsync(int entry, long offset, ReadOnlyMemory<byte> data) => transfer.WriteAsync(entry, offset, data);

        public async ValueTask CompleteChunkAsync(int entry, long end, ContentDigest chain, bool isLast)
        {
            await transfer.CompleteChunkAsync(entry, end, chain, isLast);
            owner.HandleCompleted(end);
        }

        public ValueTask AbandonAsync(int entry, bool discard) => transfer.AbandonAsync(entry, discard);

        public ValueTask<ContentDigest?> ComputeDigestAsync(int entry) => transfer.ComputeDigestAsync(entry);

        public ValueTask DisposeAsync() => transfer.DisposeAsync();
    }
}

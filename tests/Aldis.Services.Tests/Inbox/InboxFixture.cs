using System.Buffers;
using Aldis.Journal.Tests.Storage;
using Aldis.Services.Inbox;

namespace Aldis.Services.Tests.Inbox;

/// <summary>An inbox on a simulated disk, whose work is done step by step.</summary>
internal sealed class InboxFixture
{
    public const string Name = "received_file.txt";

    private readonly ManualThreads _threads;

    public InboxFixture(SimulatedStorage storage, int seed = 0, int maxFiles = int.MaxValue)
    {
        _threads = new ManualThreads(seed);
        Inbox = new FileInbox(
            new InboxOptions { Directory = "files", FreeSpaceFloor = 0, MaxFiles = maxFiles }, storage, _threads, _threads);
    }

    public FileInbox Inbox { get; }

    /// <inheritdoc cref="ManualThreads.AreExhausted"/>
    public bool HasNoThreads
    {
        set => _threads.AreExhausted = value;
    }

    public Task<IncomingFile> BeginAsync() => _threads.RunAsync(Inbox.BeginAsync(Name));

    public Task WriteAsync(IncomingFile file, byte[] data) => DoAsync(file.WriteAsync(new ReadOnlySequence<byte>(data)));

    public Task DisposeAsync(IncomingFile file) => DoAsync(file.DisposeAsync());

    public async Task<IncomingFile> WriteAsync(byte[] data)
    {
        IncomingFile file = await BeginAsync();
        await WriteAsync(file, data);
        return file;
    }

    /// <summary>Completes files that end at the same time.</summary>
    /// <returns>The names they got, or why they got none.</returns>
    public Task<List<(string? Name, Exception? Failure)>> CompleteAsync(params IEnumerable<IncomingFile> files) => PublishAsync(files);

    /// <summary>As <see cref="CompleteAsync"/>, of whatever gets a name.</summary>
    public async Task<List<(string? Name, Exception? Failure)>> PublishAsync(params IEnumerable<IPublishable> files)
    {
        List<Task<string>> completing = [.. files.Select(file => Inbox.PublishAsync(file))];
        await _threads.RunUntilAsync(Task.WhenAll(completing));
        return [.. completing.Select(task => (task.IsCompletedSuccessfully ? task.Result : null, task.Exception?.InnerException))];
    }

    private async Task DoAsync(ValueTask work)
    {
        Task task = work.AsTask();
        await _threads.RunUntilAsync(task);
        await task;
    }
}

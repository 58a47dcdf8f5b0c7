using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files;

/// <summary>What an application does with files: send trees, and be told what arrived.</summary>
public sealed class FilesClientTests : IDisposable, IFileReceived
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<FileReceipt> _receipts = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    void IFileReceived.HandleReceived(FileReceipt file)
    {
        lock (_receipts)
        {
            _receipts.Add(file);
        }

        throw new InvalidOperationException("Whoever is told may fail.");
    }

    [Fact]
    public async Task A_tree_arrives_with_its_structure_and_is_confirmed_once_more_the_second_time()
    {
        string tree = _directory.Combine("tree");
        Directory.CreateDirectory(Path.Combine(tree, "sub", "empty"));
        byte[] large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        await File.WriteAllBytesAsync(Path.Combine(tree, "sub", "large"), large, Stop);
        await File.WriteAllTextAsync(Path.Combine(tree, "grüße.txt"), "hello", Stop);
        await using RunningServer server = await StartAsync();
        var client = new FilesClient($"tcp://{server.EndPoint}", new FilesClientOptions { Client = "pump-7" });

        IReadOnlyList<FileOutcome> first = await client.SendAsync([tree], cancellationToken: Stop).InTime();
        IReadOnlyList<FileOutcome> second = await client.SendAsync([tree], cancellationToken: Stop).InTime();

        Assert.All(first.Concat(second), static outcome => Assert.Null(outcome.Refusal));
        Assert.All(second, static outcome => Assert.True(outcome.WasThere));
        Assert.Equal(large, await File.ReadAllBytesAsync(_directory.Combine("files/tree/sub/large"), Stop));
        Assert.Equal("hello", await File.ReadAllTextAsync(_directory.Combine("files/tree/grüße.txt"), Stop));
        Assert.True(Directory.Exists(_directory.Combine("files/tree/sub/empty")));
    }

    [Fact]
    public async Task An_application_is_told_once_of_each_file_and_may_fail_without_harm()
    {
        string report = _directory.Combine("report.txt");
        await File.WriteAllTextAsync(report, "hello", Stop);
        await using RunningServer server = await StartAsync();
        var client = new FilesClient($"tcp://{server.EndPoint}", new FilesClientOptions { Client = "pump-7" });

        FileOutcome sent = Assert.Single(await client.SendAsync([report], cancellationToken: Stop).InTime());
        await client.SendAsync([report], cancellationToken: Stop).InTime();

        FileReceipt receipt = Assert.Single(_receipts);
        Assert.Equal(("report.txt", 5L, "pump-7", sent.Digest), (receipt.Name, receipt.Length, receipt.Client, receipt.Digest));
        Assert.Equal("hello", await File.ReadAllTextAsync(receipt.Path, Stop));
    }

    [Fact]
    public async Task What_is_shared_is_listed_and_fetched_into_a_directory()
    {
        MemorySource shared = new MemorySource().AddRandom("a", 10, 1).AddRandom("b", 2_000_000, 2);
        var service = new FilesService(new MemoryStore(), new MemoryShare(shared));
        await using RunningServer server = await RunningServer.StartAsync("files", new FilesHandler(Inbox(), service));
        var client = new FilesClient($"tcp://{server.EndPoint}", new FilesClientOptions { Client = "pump-7" });
        string here = _directory.Combine("here");

        Assert.Equal([("a", 10L), ("b", 2_000_000L)], (await client.ListAsync("all", Stop).InTime()).Select(static file => (file.Name, file.Length)));
        IReadOnlyList<FileOutcome> fetched = await client.FetchAsync(["all"], here, cancellationToken: Stop).InTime();
        IReadOnlyList<FileOutcome> again = await client.FetchAsync(["all"], here, cancellationToken: Stop).InTime();

        Assert.All(fetched, static outcome => Assert.True(outcome is { Refusal: null, WasThere: false }));
        Assert.All(again, static outcome => Assert.True(outcome is { Refusal: null, WasThere: true }));
        Assert.Equal(shared.Content(1), await File.ReadAllBytesAsync(Path.Combine(here, "b"), Stop));
    }

    private FileInbox Inbox() => new(new InboxOptions { Directory = _directory.Combine("files") });

    private Task<RunningServer> StartAsync()
    {
        FileInbox inbox = Inbox();
        return RunningServer.StartAsync("files", new FilesHandler(inbox, FilesService.Of(inbox, share: null), received: this));
    }
}

using System.Net;
using Aldis.Protocols.Files;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Files;

/// <summary>The native form of files over each kind of stream of the system: what it promises does not depend on which.</summary>
public sealed class FilesTransportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private string _authority = string.Empty;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task After_a_cut_at_most_the_chunk_that_was_on_its_way_is_sent_again(string scheme)
    {
        const int Chunks = 6;
        var store = new MemoryStore();
        var awaited = new AwaitedStore(store);
        await using RunningServer server = await StartAsync(scheme, new FilesService(awaited, share: null));
        (long After, int Verified)[] cuts = [((2 * ChunkSize.Min) + 700_000, 2), (40_000, 2), (ChunkSize.Min + 50_000, 3)];
        await using var relay = new TroubledRelay(server.EndPoint, connection => connection == cuts.Length ? Trouble.None : new Trouble(
            cuts[connection].After, () => awaited.WaitForChunkAsync((long)cuts[connection].Verified * ChunkSize.Min)));
        MemorySource source = new MemorySource().AddRandom("big", Chunks * ChunkSize.Min, 1);
        var client = new TransferClient(
            EndpointAddress.Parse(AddressOf(scheme, relay.EndPoint)),
            new FilesClientOptions { Client = "pump-7", ShortestPause = TimeSpan.FromMilliseconds(1) });
        var log = new TransferLog();

        await client.SendAsync(source, new TransferRequest { Key = "00000000000000a1" }, log, Stop).InTime();

        Assert.Null(log.Settled[0].Refusal);
        Assert.True(source.Content(0).AsSpan().SequenceEqual(store["big"]));
        Assert.Equal((cuts.Length, 1), (log.Interruptions.Count, store.Stored));
        Assert.InRange(store.Written, (long)Chunks * ChunkSize.Min, (Chunks + cuts.Length) * (long)ChunkSize.Min);
        Assert.Equal(
            [0, .. cuts.Select(static cut => (long)cut.Verified * ChunkSize.Min)], log.Wanted.Select(static wanted => wanted.Offset));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task A_tree_arrives_and_the_same_content_under_another_time_is_confirmed_once_more(string scheme)
    {
        string tree = _directory.Combine("tree");
        Directory.CreateDirectory(Path.Combine(tree, "sub", "empty"));
        string large = Path.Combine(tree, "sub", "large");
        await File.WriteAllBytesAsync(large, Enumerable.Range(0, 3_000_000).Select(static at => (byte)(at * 7)).ToArray(), Stop);
        await File.WriteAllTextAsync(Path.Combine(tree, "small"), "hello", Stop);
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Combine("files") });
        await using RunningServer server = await StartAsync(scheme, FilesService.Of(inbox, share: null));
        var client = new FilesClient(AddressOf(scheme, server.EndPoint), new FilesClientOptions { Client = "pump-7" });

        IReadOnlyList<FileOutcome> first = await client.SendAsync([tree], cancellationToken: Stop).InTime();
        File.SetLastWriteTimeUtc(large, new DateTime(2020, 2, 20, 0, 0, 0, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(Path.Combine(tree, "sub"), new DateTime(2021, 2, 20, 0, 0, 0, DateTimeKind.Utc));
        IReadOnlyList<FileOutcome> second = await client.SendAsync([tree], cancellationToken: Stop).InTime();

        Assert.All(first, static outcome => Assert.Equal((null, false), (outcome.Refusal, outcome.WasThere)));
        Assert.All(second, static outcome => Assert.Equal((null, true), (outcome.Refusal, outcome.WasThere)));
        Assert.Equal(first.Single(IsLarge).Digest, second.Single(IsLarge).Digest);
        Assert.Equal(
            Directory.GetLastWriteTimeUtc(Path.Combine(tree, "sub")), Directory.GetLastWriteTimeUtc(_directory.Combine("files/tree/sub")));
        Assert.Equal(["large"], Directory.GetFiles(_directory.Combine("files/tree/sub")).Select(Path.GetFileName));
        Assert.Equal(await File.ReadAllBytesAsync(large, Stop), await File.ReadAllBytesAsync(_directory.Combine("files/tree/sub/large"), Stop));
        Assert.Equal("hello", await File.ReadAllTextAsync(_directory.Combine("files/tree/small"), Stop));
        Assert.True(Directory.Exists(_directory.Combine("files/tree/sub/empty")));
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task What_an_inbox_verified_before_a_cut_is_neither_sent_nor_hashed_again(string scheme)
    {
        const int Chunks = 5;
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Combine("files") });
        var store = new AwaitedStore(inbox.Transfers);
        await using RunningServer server = await StartAsync(scheme, new FilesService(store, share: null));
        (long After, int Verified)[] cuts = [((2 * ChunkSize.Min) + 300_000, 2), (ChunkSize.Min + 50_000, 3)];
        await using var relay = new TroubledRelay(server.EndPoint, connection => connection == cuts.Length ? Trouble.None : new Trouble(
            cuts[connection].After, () => store.WaitForChunkAsync((long)cuts[connection].Verified * ChunkSize.Min)));
        MemorySource source = new MemorySource().AddRandom("big", Chunks * ChunkSize.Min, 1);
        var client = new TransferClient(
            EndpointAddress.Parse(AddressOf(scheme, relay.EndPoint)),
            new FilesClientOptions { Client = "pump-7", ShortestPause = TimeSpan.FromMilliseconds(1) });
        var log = new TransferLog();

        await client.SendAsync(source, new TransferRequest { Key = "00000000000000a2" }, log, Stop).InTime();

        Assert.Null(log.Settled[0].Refusal);
        Assert.Equal(source.Content(0), await File.ReadAllBytesAsync(_directory.Combine("files/big"), Stop));
        Assert.Equal(cuts.Length, log.Interruptions.Count);
        Assert.Equal(
            [0, .. cuts.Select(static cut => (long)cut.Verified * ChunkSize.Min)], log.Wanted.Select(static wanted => wanted.Offset));
        Assert.True(log.Hashed.Count >= Chunks);
        Assert.DoesNotContain(log.Hashed, static hashed => hashed.End <= hashed.VerifiedBefore);
    }

    private static bool IsLarge(FileOutcome outcome) => outcome.Name == "tree/sub/large";

    private Task<RunningServer> StartAsync(string scheme, FilesService service)
    {
        string address = scheme == "unix" ? $"unix:{_directory.Combine("s")}" : $"{scheme}://127.0.0.1:0";
        if (scheme == "tls")
        {
            (string options, _authority) = TestCertificate.Create(_directory);
            address += "?" + options;
        }

        return RunningServer.StartAsync(
            "files", new FilesHandler(new FileInbox(new InboxOptions { Directory = _directory.Combine("files") }), service), address: address);
    }

    private string AddressOf(string scheme, EndPoint place) => scheme switch
    {
        "unix" => $"unix:{place}",
        "tls" => $"tls://{place}?cafile={_authority}",
        _ => $"tcp://{place}",
    };
}

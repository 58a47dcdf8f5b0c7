using Aldis.Protocols.Files;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Files;

/// <summary>The other way: a server sends what it shares, and proves it in the same way.</summary>
public sealed class FetchTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MemoryStore _local = new();
    private readonly MemorySource _shared = new MemorySource()
        .AddRandom("a", 0, 1).AddRandom("b", 5000, 2).AddRandom("c", (6 * ChunkSize.Min) + 1, 3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("arq://127.0.0.1:0")]
    public async Task What_is_shared_arrives_as_it_is_and_is_there_the_second_time(string address)
    {
        await using RunningServer server = await StartAsync(_shared, address);

        TransferLog log = await FetchAsync(server.Server.Endpoints[0].Uri, "all");
        TransferLog again = await FetchAsync(server.Server.Endpoints[0].Uri, "all");

        for (int entry = 0; entry < 3; entry++)
        {
            Assert.True(log.Settled[entry] is { Refusal: null, Digest: not null });
            Assert.True(again.Settled[entry] is { Refusal: null, WasThere: true });
            Assert.True(_shared.Content(entry).AsSpan().SequenceEqual(_local["abc"[entry].ToString()]));
        }

        Assert.Equal(3, _local.Stored);
    }

    [Fact]
    public async Task A_fetch_that_is_cut_goes_on_behind_what_is_verified()
    {
        await using RunningServer server = await StartAsync(_shared);
        await using var relay = new TroubledRelay(
            server.EndPoint, static connection => new Trouble(ServerCut: connection < 2 ? 2_500_000 + connection : -1));

        TransferLog log = await FetchAsync(relay.Address, "all");

        Assert.Equal(2, log.Interruptions.Count);
        Assert.True(_shared.Content(2).AsSpan().SequenceEqual(_local["c"]));
        Assert.InRange(_local.Written, 6L * ChunkSize.Min, (6L + 2) * ChunkSize.Min + 6000);
    }

    [Fact]
    public async Task Turned_bits_are_not_stored()
    {
        await using RunningServer server = await StartAsync(_shared);
        for (int round = 0; round < 20; round++)
        {
            int flip = 64 + (round * 37);
            await using var relay = new TroubledRelay(
                server.EndPoint,
                connection => connection == 0 ? new Trouble(ServerFlip: flip) : connection == 1 ? new Trouble(ClientFlip: flip) : Trouble.None);

            TransferLog log = await FetchAsync(relay.Address, "all");

            Assert.All(log.Settled.Values, static outcome => Assert.Null(outcome.Refusal));
            Assert.True(_shared.Content(2).AsSpan().SequenceEqual(_local["c"]));
        }
    }

    [Fact]
    public async Task A_list_names_what_is_there()
    {
        await using RunningServer server = await StartAsync(_shared);
        var client = new TransferClient(EndpointAddress.Parse($"tcp://{server.EndPoint}"), Options());

        IReadOnlyList<ManifestEntry> entries = await client.ListAsync(["all"], Stop).InTime();

        Assert.Equal(_shared.Entries.Select(static entry => entry.Size), entries.Select(static entry => entry.Size));
    }

    [Theory]
    [InlineData(true, "shares no such file")]
    [InlineData(false, "--share")]
    public async Task What_is_not_there_or_not_shared_is_said(bool isShared, string expected)
    {
        await using RunningServer server = await StartAsync(isShared ? _shared : null);

        CommunicationException refused =
            await Assert.ThrowsAsync<CommunicationException>(() => FetchAsync($"tcp://{server.EndPoint}", "else"));

        Assert.Equal(CommunicationFailure.Refused, refused.Failure);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    private static FilesClientOptions Options() => new()
    {
        Client = "pump-7",
        ShortestPause = TimeSpan.FromMilliseconds(1),
        AnswerTimeout = TimeSpan.FromSeconds(2),
        RetryFor = TimeSpan.FromSeconds(20),
    };

    private async Task<TransferLog> FetchAsync(string address, string path)
    {
        var log = new TransferLog();
        var client = new TransferClient(EndpointAddress.Parse(address), Options());
        var request = new TransferRequest { Key = "00000000000000f1" };
        await client.FetchAsync([path], _local, request, _ => log, log.HandleInterrupted, Stop).InTime();
        return log;
    }

    private Task<RunningServer> StartAsync(MemorySource? shared, string address = "tcp://127.0.0.1:0")
    {
        var service = new FilesService(new MemoryStore(), shared is null ? null : new MemoryShare(shared));
        return RunningServer.StartAsync(
            "files", new FilesHandler(new FileInbox(new InboxOptions { Directory = _directory.Combine("files") }), service), address: address);
    }
}

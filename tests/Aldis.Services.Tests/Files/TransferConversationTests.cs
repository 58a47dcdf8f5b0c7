using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Integrity;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Files;

/// <summary>The native form of files over real connections, with a store and a source in memory.</summary>
public sealed class TransferConversationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MemoryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("tcp://127.0.0.1:0", DigestAlgorithm.Blake3)]
    [InlineData("tcp://127.0.0.1:0", DigestAlgorithm.Sha256)]
    [InlineData("arq://127.0.0.1:0", DigestAlgorithm.Blake3)]
    internal async Task What_is_confirmed_is_stored_as_it_was_sent(string address, DigestAlgorithm algorithm)
    {
        await using RunningServer server = await StartAsync(address);
        MemorySource source = new MemorySource()
            .AddRandom("empty", 0, 1)
            .AddRandom("small", 10, 2)
            .AddRandom("one chunk", ChunkSize.Min, 3)
            .AddRandom("several", (3 * ChunkSize.Min) + 17, 4);
        byte[] piped = new byte[(2 * ChunkSize.Min) + 5];
        new Random(5).NextBytes(piped);
        source.Add("piped", piped, ManifestEntry.UnknownSize).Add("piped whole", piped[..ChunkSize.Min], ManifestEntry.UnknownSize);

        TransferLog log = await SendAsync(server.Server.Endpoints[0].Uri, source, algorithm);

        for (int entry = 0; entry < source.Entries.Count; entry++)
        {
            Assert.Null(log.Settled[entry].Refusal);
            Assert.Equal(Digest(source.Content(entry), source.Entries[entry].Size, algorithm), log.Settled[entry].Digest);
            Assert.True(source.Content(entry).AsSpan().SequenceEqual(_store[Name(source, entry)]));
        }

        Assert.Equal(
            Enumerable.Range(0, source.Entries.Count).Select(entry => (Name(source, entry), (long)source.Content(entry).Length)).Order(),
            server.Events.All.Where(static what => what.Kind == ServiceEventKind.FileReceived).Select(static what => (what.Detail!, what.Length)).Order());
    }

    [Fact]
    public async Task A_thousand_small_files_need_one_round_trip_and_few_writes()
    {
        await using RunningServer server = await StartAsync();
        var source = new MemorySource();
        for (int file = 0; file < 1000; file++)
        {
            source.AddRandom($"f{file}", 100, file);
        }

        TransferLog log = await SendAsync($"tcp://{server.EndPoint}", source);

        Assert.Equal(1000, log.Settled.Count(static pair => pair.Value.Refusal is null));
        Assert.Equal(1000, _store.Stored);
    }

    [Fact]
    public async Task After_a_cut_at_most_the_chunk_that_was_on_its_way_is_sent_again()
    {
        await using RunningServer server = await StartAsync();
        MemorySource source = new MemorySource().AddRandom("big", 20 * ChunkSize.Min, 1);
        long[] cuts = [5_000, 3 * ChunkSize.Min, (2 * ChunkSize.Min) + 700_000, 4_000_000, 1, ChunkSize.Min];
        await using var relay = new TroubledRelay(
            server.EndPoint, connection => new Trouble(CutAfter: connection < cuts.Length ? cuts[connection] : -1));

        TransferLog log = await SendAsync(relay.Address, source);

        Assert.Null(log.Settled[0].Refusal);
        Assert.True(source.Content(0).AsSpan().SequenceEqual(_store["big"]));
        Assert.Equal(cuts.Length, log.Interruptions.Count);
        Assert.InRange(_store.Written, 20L * ChunkSize.Min, (20L + cuts.Length) * ChunkSize.Min);
        Assert.Equal(1, _store.Stored);
    }

    [Fact]
    public async Task What_was_refused_before_a_cut_and_is_stored_after_it_is_told_as_stored()
    {
        var store = new MemoryStore { IsTooMuch = static (opening, path) => opening == 1 && path == "small" };
        var awaited = new AwaitedStore(store);
        await using RunningServer server = await RunningServer.StartAsync(
            "files", new FilesHandler(Inbox(), new FilesService(awaited, share: null)));
        MemorySource source = new MemorySource().AddRandom("small", 10, 1).AddRandom("big", 4 * ChunkSize.Min, 2);
        await using var relay = new TroubledRelay(server.EndPoint, connection => connection > 0 ? Trouble.None : new Trouble(
            2 * ChunkSize.Min, () => awaited.WaitForChunkAsync(ChunkSize.Min)));

        TransferLog log = await SendAsync(relay.Address, source);

        Assert.All(log.Settled.Values, static outcome => Assert.Null(outcome.Refusal));
        Assert.Equal((2, 2), (store.Openings, store.Stored));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task What_is_only_compared_is_not_refused(bool isVerify, int refusals)
    {
        RunningServer server = await StartAsync();
        await using (server)
        {
            string address = $"tcp://{server.EndPoint}";
            await SendAsync(address, new MemorySource().AddRandom("a", 10, 1).AddRandom("b", 10, 2));

            TransferLog log = await SendAsync(
                address, new MemorySource().AddRandom("a", 11, 1).AddRandom("b", 10, 2), key: "00000000000000a2", isVerify: isVerify);

            Assert.NotNull(log.Settled[0].Refusal);
            Assert.Null(log.Settled[1].Refusal);
        }

        Assert.Equal(refusals, server.Events.Of(ServiceEventKind.FileRefused).Length);
    }

    [Fact]
    public async Task Turned_bits_are_never_confirmed_and_the_transfer_comes_to_its_end_all_the_same()
    {
        await using RunningServer server = await StartAsync();
        var random = new Random(11);
        for (int round = 0; round < 60; round++)
        {
            MemorySource source = new MemorySource()
                .AddRandom($"{round}/a", (2 * ChunkSize.Min) + 5, 1).AddRandom($"{round}/b", 3000, 2).AddRandom($"{round}/c", 0, 3);
            // In the opening, in the answers, in the units, in the data: wherever it falls.
            Trouble[] troubles =
            [
                new(ClientFlip: random.Next(64, 600)),
                new(ServerFlip: random.Next(64, 400)),
                new(ClientFlip: random.Next(64, 3 * ChunkSize.Min), ServerFlip: random.Next(64, 600)),
                new(ClientFlip: 500 + random.Next(2_500_000)),
            ];
            await using var relay = new TroubledRelay(
                server.EndPoint, connection => connection < troubles.Length ? troubles[(connection + round) % troubles.Length] : Trouble.None);

            // A turned bit in a length makes the server wait for what never comes.
            var patient = new FilesClientOptions
            {
                Client = "pump-7",
                ShortestPause = TimeSpan.FromMilliseconds(1),
                AnswerTimeout = TimeSpan.FromSeconds(1),
                RetryFor = Timeout.InfiniteTimeSpan,
            };
            TransferLog log = await SendAsync(relay.Address, source, key: $"{round:x16}", options: patient);

            for (int entry = 0; entry < source.Entries.Count; entry++)
            {
                Assert.Null(log.Settled[entry].Refusal);
                Assert.True(source.Content(entry).AsSpan().SequenceEqual(_store[Name(source, entry)]));
            }
        }
    }

    [Fact]
    public async Task A_file_that_changes_or_shrinks_while_it_is_sent_is_changed_and_the_others_are_stored()
    {
        await using RunningServer server = await StartAsync();
        MemorySource source = new MemorySource { Changed = 1, Short = 2 }
            .AddRandom("a", 100, 1).AddRandom("b", ChunkSize.Min + 9, 2).AddRandom("c", ChunkSize.Min + 9, 3).AddRandom("d", 100, 4);

        TransferLog log = await SendAsync($"tcp://{server.EndPoint}", source);

        Assert.Equal(
            [null, RefusalCode.Changed, RefusalCode.Changed, null],
            log.Settled.OrderBy(static pair => pair.Key).Select(static pair => pair.Value.Refusal));
        Assert.Null(_store["b"]);
        Assert.Null(_store["c"]);
        Assert.NotNull(_store["d"]);
    }

    [Fact]
    public async Task What_is_sent_again_after_a_lost_confirmation_is_confirmed_and_stored_once()
    {
        await using RunningServer server = await StartAsync();
        MemorySource source = new MemorySource().AddRandom("a", 100, 1).AddRandom("b", 200, 2);
        await SendAsync($"tcp://{server.EndPoint}", source);

        TransferLog log = await SendAsync($"tcp://{server.EndPoint}", source);

        Assert.All(log.Settled.Values, static outcome => Assert.True(outcome is { Refusal: null, WasThere: true }));
        Assert.Equal(2, _store.Stored);
    }

    [Fact]
    public async Task A_file_that_is_there_with_the_same_content_is_confirmed_and_another_is_refused()
    {
        await using RunningServer server = await StartAsync();
        await SendAsync($"tcp://{server.EndPoint}", new MemorySource().AddRandom("a", 2_000_000, 1).AddRandom("b", 2_000_000, 2));
        MemorySource touched = new MemorySource().AddRandom("a", 2_000_000, 1).AddRandom("b", 2_000_000, 3);
        var source = new RelabeledSource(touched, static entry => entry with { Change = 8 });

        TransferLog log = await SendAsync($"tcp://{server.EndPoint}", source);

        Assert.Null(log.Settled[0].Refusal);
        Assert.Equal(RefusalCode.Exists, log.Settled[1].Refusal);
    }

    [Fact]
    public async Task More_entries_than_are_taken_are_refused_before_the_manifest_is_read()
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync("ALDIS/1 files client=a".PadRight(64) + "SEND 00000000000000a1 9999999 999999999 blake3 fail".PadRight(64));

        Assert.Equal(
            $"ALDIS/1 files max={1L << 40} 1000 1048576".PadRight(64) + "ERROR too-many".PadRight(64), await client.ReceiveTextToEndAsync());
    }

    [Fact]
    public async Task A_newer_connection_takes_a_transfer_over_and_the_older_is_told()
    {
        await using RunningServer server = await StartAsync();
        using LabClient older = await server.ConnectAsync();
        MemorySource source = new MemorySource().AddRandom("a", 5_000_000, 1);
        var offering = new TransferOffering("pump-7", new TransferRequest { Key = "00000000000000a1" }, source.Entries);
        await older.SendAsync("ALDIS/1 files client=pump-7".PadRight(64));
        await older.SendAsync(offering.Unit.ToArray());
        await older.SendAsync(offering.Manifest.ToArray());
        await older.SendAsync(offering.End.ToArray());
        Assert.StartsWith("ALDIS/1 files max=", await older.ReceiveTextAsync(64), StringComparison.Ordinal);
        Assert.StartsWith("WANT 0 0 ", await older.ReceiveTextAsync(64), StringComparison.Ordinal);

        TransferLog log = await SendAsync($"tcp://{server.EndPoint}", source);

        Assert.Null(log.Settled[0].Refusal);
        Assert.Equal("ERROR superseded".PadRight(64), await older.ReceiveTextToEndAsync());
    }

    [Fact]
    public async Task A_plain_server_is_recognised()
    {
        await using RunningServer server = await RunningServer.StartAsync("files", new FilesHandler(Inbox()));

        CommunicationException refused = await Assert.ThrowsAsync<CommunicationException>(
            () => SendAsync($"tcp://{server.EndPoint}", new MemorySource().AddRandom("a", 1, 1)));

        Assert.Equal(CommunicationFailure.Refused, refused.Failure);
        Assert.Contains("--plain", refused.Message, StringComparison.Ordinal);
    }

    private static string Name(MemorySource source, int entry) => Encoding.UTF8.GetString(source.Entries[entry].Path.Span);

    private static ContentDigest Digest(byte[] content, long size, DigestAlgorithm algorithm)
    {
        using ContentHash hash = ContentHashes.Create(algorithm);
        ContentDigest? chain = null;
        int chunk = ChunkSize.Of(size);
        bool isEnded = false;
        for (int offset = 0; !isEnded; offset += chunk)
        {
            int length = Math.Min(chunk, content.Length - offset);
            hash.Append(content.AsSpan(offset, length));
            chain = ChunkChain.Next(hash, chain, hash.Finish());
            isEnded = size == ManifestEntry.UnknownSize ? length < chunk : offset + length == size;
        }

        return chain!.Value;
    }

    private static async Task<TransferLog> SendAsync(
        string address,
        ITransferSource source,
        DigestAlgorithm algorithm = DigestAlgorithm.Blake3,
        string key = "00000000000000a1",
        FilesClientOptions? options = null,
        bool isVerify = false)
    {
        options ??= new FilesClientOptions { Client = "pump-7", ShortestPause = TimeSpan.FromMilliseconds(1) };
        var client = new TransferClient(EndpointAddress.Parse(address), options);
        var log = new TransferLog();
        await client.SendAsync(source, new TransferRequest { Key = key, Algorithm = algorithm, IsVerify = isVerify }, log, Stop).InTime();
        return log;
    }

    private FileInbox Inbox() => new(new InboxOptions { Directory = _directory.Combine("files") });

    private Task<RunningServer> StartAsync(string address = "tcp://127.0.0.1:0") =>
        RunningServer.StartAsync("files", new FilesHandler(Inbox(), new FilesService(_store, share: null)), address: address);

    /// <summary>A source whose entries are described differently.</summary>
    private sealed class RelabeledSource(ITransferSource source, Func<ManifestEntry, ManifestEntry> label) : ITransferSource
    {
        public IReadOnlyList<ManifestEntry> Entries { get; } = [.. source.Entries.Select(label)];

        public ValueTask<ISourceFile> OpenAsync(int entry, CancellationToken cancellationToken) => source.OpenAsync(entry, cancellationToken);
    }
}

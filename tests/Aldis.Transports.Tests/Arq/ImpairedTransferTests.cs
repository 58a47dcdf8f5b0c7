using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using Aldis.Protocols.Impairment;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Relay;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Arq;

/// <summary>
/// Real sockets and real time through a bad network. With ALDIS_LONG_TRANSFERS=1 the sizes are 1 GiB, 128 MiB and 16 MiB, and the
/// network is cut for 5 s.
/// </summary>
public sealed class ImpairedTransferTests
{
    private const int Ethernet = 1_472;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("ALDIS_LONG_TRANSFERS") == "1";

    private static readonly TimeSpan Patience = IsLong ? TimeSpan.FromMinutes(15) : TimeSpan.FromSeconds(60);

    private static readonly LinkFaults Bad = new()
    {
        Loss = 0.10,
        Duplicate = 0.05,
        DuplicateDelay = TimeSpan.FromMilliseconds(1),
        Reorder = 0.05,
        ReorderDelay = TimeSpan.FromMilliseconds(2),
        Corrupt = 0.005,
        Truncate = 0.005,
        MaximumDatagramBytes = Ethernet,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("?profile=lossy&datagram=1472", 8L << 20, 1L << 30)]
    [InlineData("?mode=go-back-n&frame=1444&window=32&reject=on&profile=lab", 2L << 20, 128L << 20)]
    [InlineData("?frame=1444&window=32&profile=lab", 1L << 20, 16L << 20)]
    [InlineData("?mode=stop-and-wait&frame=1444", 384L << 10, 16L << 20)]
    public async Task A_tenth_lost_and_the_rest_doubled_reordered_and_damaged_arrives_whole(string query, long bytes, long longBytes)
    {
        await using TransportHost host = await ServeAsync(DigestAsync);
        await using LinkRelay relay = Through(host, Bad);
        await using ArqStream stream = await ConnectAsync(relay, query);

        long start = Stopwatch.GetTimestamp();
        long sent = IsLong ? longBytes : bytes;
        await CheckTransferAsync(stream, sent).WaitAsync(Patience, Stop);

        Assert.True(relay.Counters.Lost > 0, "Nothing was lost.");
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{query}: {sent} bytes in {elapsed.TotalSeconds:0.0} s, {sent * 8 / elapsed.TotalSeconds / 1e6:0.0} Mbit/s, {relay.Counters.Received} datagrams, {relay.Counters.Lost} lost");
    }

    [Fact]
    public async Task A_receiver_that_leaves_a_byte_out_is_caught()
    {
        await using TransportHost host = await ServeAsync(DigestWithoutTheFirstByteAsync);
        await using LinkRelay relay = Through(host, Bad);
        await using ArqStream stream = await ConnectAsync(relay, string.Empty);

        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => CheckTransferAsync(stream, 10_000).WaitAsync(Patience, Stop));
    }

    [Fact]
    public async Task A_thousand_connections_at_once_through_loss_each_get_their_own_bytes()
    {
        const int Connections = 1_000;
        await using TransportHost host = await TransportHost.StartAsync(
            builder => builder.UseAldisArq(new ArqHostingOptions { MaxConnectionsPerAddress = 2 * Connections }),
            Handlers.Echo,
            new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));
        await using LinkRelay relay = Through(host, new LinkFaults { Loss = 0.02, MaximumDatagramBytes = Ethernet });

        ArqStream[] streams = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => ConnectAsync(relay, "?datagram=1472"))).WaitAsync(Patience, Stop);
        await Task.WhenAll(streams.Select(ExchangeAsync)).WaitAsync(Patience, Stop);
        await Task.WhenAll(streams.Select(stream => stream.DisposeAsync().AsTask())).WaitAsync(Patience, Stop);

        Assert.True(relay.Counters.Lost > 0, "Nothing was lost.");

        static async Task ExchangeAsync(ArqStream stream, int seed)
        {
            byte[] sent = new byte[1 + (seed * 37 % 20_000)];
            new Random(seed).NextBytes(sent);
            byte[] received = new byte[sent.Length];
            await stream.WriteAsync(sent, Stop);
            await stream.ReadExactlyAsync(received, Stop);
            Assert.True(sent.AsSpan().SequenceEqual(received), $"Connection {seed} got something else back.");
        }
    }

    [Fact]
    public async Task A_network_that_is_cut_and_comes_back_costs_time_and_nothing_else()
    {
        await using TransportHost host = await ServeAsync(DigestAsync);
        var watch = new LinkWatch();
        await using LinkRelay relay = Through(host, new LinkFaults { MaximumDatagramBytes = Ethernet }, watch);
        await using ArqStream stream = await ConnectAsync(relay, "?datagram=1472");
        watch.After(500, () => relay.IsCut = true);

        // Counted from here: behind the cut hardly anything comes.
        Task cut = watch.WaitForAsync(500);
        Task transfer = CheckTransferAsync(stream, 4 << 20);
        await cut;

        long start = Stopwatch.GetTimestamp();
        do
        {
            // Probes into the cut: each later than the one before.
            await watch.WaitForAsync(5);
        }
        while (IsLong && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
        Assert.False(transfer.IsCompleted);
        relay.IsCut = false;

        await transfer.WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task A_network_that_stays_cut_ends_both_sides_by_their_limits()
    {
        var ended = new TaskCompletionSource<Exception?>();
        await using TransportHost host = await ServeAsync(async connection => ended.SetResult(await Record.ExceptionAsync(() => Handlers.Echo(connection))));
        await using LinkRelay relay = Through(host, new LinkFaults());
        var server = new ArqEndPoint((IPEndPoint)relay.EndPoint, ArqDefaults.Connection with { IdleTimeoutNs = 700_000_000, KeepAliveNs = 100_000_000 });
        await using ArqStream stream = await ArqStream.ConnectAsync(server, null, Stop);
        await stream.WriteAsync("x"u8.ToArray(), Stop);
        await stream.ReadExactlyAsync(new byte[1], Stop);

        relay.IsCut = true;

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(async () => await stream.ReadExactlyAsync(new byte[1], Stop));
        Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
        Assert.IsType<CommunicationException>(await ended.Task.WaitAsync(Patience, Stop), exactMatch: false);
    }

    [Fact]
    public async Task A_reader_that_rests_closes_the_window_and_gets_everything_when_it_goes_on()
    {
        var goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TransportHost host = await ServeAsync(async connection =>
        {
            await goesOn.Task;
            await DigestAsync(connection);
        });
        var watch = new LinkWatch();
        await using LinkRelay relay = Through(host, Bad with { Loss = 0.02 }, watch);
        await using ArqStream stream = await ConnectAsync(relay, "?profile=lossy&datagram=1472");

        // More than the first window of 256 KiB, and the questions that follow whether there is room.
        Task full = watch.WaitForAsync(190);
        Task transfer = CheckTransferAsync(stream, 4 << 20);
        await full;
        Assert.False(transfer.IsCompleted);
        goesOn.SetResult();

        await transfer.WaitAsync(Patience, Stop);
    }

    private static Task<TransportHost> ServeAsync(ConnectionDelegate handler) => TransportHost.StartAsync(
        builder => builder.UseAldisArq(), handler, new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));

    private static LinkRelay Through(TransportHost host, LinkFaults faults, LinkWatch? watch = null) => LinkRelay.Start(
        EndpointAddress.Parse("udp://127.0.0.1:0"),
        EndpointAddress.Parse($"udp://{((ArqEndPoint)host.EndPoint).Udp}"),
        new LinkRelayOptions { ToTarget = faults, ToClient = faults, Seed = 1, Observer = watch });

    private static async Task<ArqStream> ConnectAsync(LinkRelay relay, string query) => await ArqStream.ConnectAsync(
        new ArqEndPoint((IPEndPoint)relay.EndPoint, ArqAddressOptions.ForClient(EndpointAddress.Parse($"arq://{relay.EndPoint}{query}"))), null, Stop);

    /// <summary>Sends so many bytes and the end, and compares the number and SHA-256 that come back with what was sent.</summary>
    private static async Task CheckTransferAsync(ArqStream stream, long bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[64 << 10];
        var random = new Random(11);
        for (long left = bytes; left > 0;)
        {
            random.NextBytes(piece);
            ReadOnlyMemory<byte> next = piece.AsMemory(0, (int)Math.Min(piece.Length, left));
            hash.AppendData(next.Span);
            await stream.WriteAsync(next, Stop);
            left -= next.Length;
        }

        stream.FinishWriting();
        byte[] answer = new byte[sizeof(long) + SHA256.HashSizeInBytes];
        await stream.ReadExactlyAsync(answer, Stop);
        Assert.Equal(bytes, BinaryPrimitives.ReadInt64BigEndian(answer));
        Assert.Equal(hash.GetHashAndReset(), answer[sizeof(long)..]);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Stop));
    }

    private static Task DigestAsync(ConnectionContext connection) => DigestAsync(connection, skipped: 0);

    /// <summary>Defective on purpose: shows that the check notices.</summary>
    private static Task DigestWithoutTheFirstByteAsync(ConnectionContext connection) => DigestAsync(connection, skipped: 1);

    /// <summary>Takes everything up to the client's end and answers with its length and SHA-256.</summary>
    private static async Task DigestAsync(ConnectionContext connection, int skipped)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] answer = new byte[sizeof(long) + SHA256.HashSizeInBytes];
        long count = 0;
        ReadResult read;
        do
        {
            read = await connection.Transport.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> segment in read.Buffer.Slice(Math.Min(skipped, read.Buffer.Length)))
            {
                hash.AppendData(segment.Span);
            }

            count += read.Buffer.Length;
            skipped = 0;
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);

        BinaryPrimitives.WriteInt64BigEndian(answer, count);
        hash.GetHashAndReset(answer.AsSpan(sizeof(long)));
        await connection.Transport.Output.WriteAsync(answer);
    }
}

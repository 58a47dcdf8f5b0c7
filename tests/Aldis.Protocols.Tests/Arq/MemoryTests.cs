using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>What connections hold is read off the whole process's heap, so no other test runs beside these.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const long Ms = Pair.Ms;

    [Fact]
    public void An_idle_connection_takes_at_most_two_kibibytes_at_each_end()
    {
        const int Connections = 500;
        var options = new ConnectionOptions();
        var pair = new Pair(options, server: new EndpointOptions { MaxSegments = 1 });
        pair.RunUntil(() => pair.Callee is not null);
        var kept = new List<ArqConnection>(Connections);
        long before = Settled();
        for (int i = 0; i < Connections; i++)
        {
            ArqConnection connection = pair.Client.Connect(Pair.ServerPath, options, pair.Now);
            connection.Write("one message went here"u8, pair.Now);
            connection.Flush(pair.Now);
            kept.Add(connection);
        }

        pair.AfterStep = () => ReadAll(pair);
        pair.RunFor(5_000 * Ms);
        Assert.All(kept, connection => Assert.Equal(0, connection.UnacknowledgedBytes));
        Assert.Equal(Connections + 1, pair.Server.ConnectionCount);
        pair.ServerEvents.Clear();
        pair.ClientEvents.Clear();
        long pooled = pair.Client.Chunks.FreeBytes + pair.Server.Chunks.FreeBytes;
        long each = (Settled() - before - pooled) / (2 * Connections);
        GC.KeepAlive(pair);
        output.WriteLine($"{each} bytes for an idle connection at each end");
        Assert.InRange(each, 100, 2_048);
    }

    [Fact]
    public void A_connection_that_was_idle_and_used_again_gives_its_memory_back_again()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Callee is not null);
        byte[] message = new byte[10_000]; // few enough that nobody has to read
        for (int use = 0; use < 3; use++)
        {
            pair.Caller.Write(message, pair.Now);
            pair.Caller.Flush(pair.Now);
            pair.RunUntil(() => pair.Caller.UnacknowledgedBytes == 0);
            Assert.NotEqual(0, pair.Caller.Established!.Core.Packets.Capacity);
            pair.RunFor(2_000 * Ms);
            Assert.Equal(0, pair.Caller.Established!.Core.Packets.Capacity);
        }
    }

    [Theory]
    [InlineData("selective repeat")]
    [InlineData("go-back-n")]
    [InlineData("stop-and-wait")]
    [InlineData("internet")]
    [InlineData("lossy")]
    public void A_connection_under_way_allocates_nothing(string mode)
    {
        ConnectionOptions options = TransferTests.OptionsFor(mode);
        var client = new ArqEndpoint(new EndpointOptions(), new SeededArqRandom(1), new byte[16]);
        var server = new ArqEndpoint(new EndpointOptions { Accept = options }, new SeededArqRandom(2), new byte[16]);
        ArqConnection sender = client.Connect(Pair.ServerPath, options, 1);
        byte[] buffer = new byte[DatagramLimits.MaxPayload];
        byte[] bytes = new byte[20_000];
        ArqConnection? receiver = null;
        long now = 1;
        long baseline = 0;
        int drop = 0;
        for (int round = 0; round < 6_000; round++)
        {
            if (round == 4_000)
            {
                baseline = GC.GetAllocatedBytesForCurrentThread();
            }

            now += Ms;
            client.OnTimer(now);
            server.OnTimer(now);
            sender.Write(bytes, now);
            while (client.TryGetTransmit(buffer, now, out Transmit transmit))
            {
                // One send in 37 is lost, so that recovery is part of the steady state.
                if (++drop % 37 != 0)
                {
                    server.OnDatagram(Pair.ClientPath, buffer.AsSpan(0, transmit.Length), transmit.SegmentSize, now);
                }
            }

            while (server.TryGetEvent(out ArqEvent occurred))
            {
                receiver = occurred.Connection;
            }

            receiver?.Read(buffer, now);
            while (server.TryGetTransmit(buffer, now, out Transmit transmit))
            {
                client.OnDatagram(Pair.ServerPath, buffer.AsSpan(0, transmit.Length), transmit.SegmentSize, now);
            }

            while (client.TryGetEvent(out _))
            {
            }
        }

        Assert.True(receiver!.Stats.BytesDelivered > 1_000_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - baseline);
    }

    private static void ReadAll(Pair pair)
    {
        byte[] room = new byte[100];
        foreach (ArqEvent occurred in pair.ServerEvents)
        {
            if (occurred.Kind is ArqEventKind.Readable or ArqEventKind.Accepted)
            {
                occurred.Connection.Read(room, pair.Now);
            }
        }

        pair.ServerEvents.Clear();
    }

    private static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}

using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Budgets;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>Whoever fills the server's memory with connections that rest takes it from themselves and not from others.</summary>
public sealed class SharedMemoryTests
{
    private const int Resting = 40;
    private const int TransferBytes = 4 << 20;
    private const byte Honest = 200;
    private const byte Idle = 201;
    private const long Second = 1_000 * Pair.Ms;

    private static readonly EndpointOptions EightMebibytes = new()
    {
        MaxBufferedBytes = 8 << 20,
        MaxBufferedBytesPerAddress = 2 << 20,
    };

    [Fact]
    public void An_address_whose_connections_rest_slows_no_other_down()
    {
        long alone = TransferTime(EightMebibytes, resting: 0, out _);

        long beside = TransferTime(EightMebibytes, Resting, out Crowd crowd);

        CheckUndisturbed(alone, beside);
        Assert.Empty(crowd.Broken);
        Assert.True(crowd.Server.Chunks.LentBytes < EightMebibytes.MaxBufferedBytes);
    }

    [Fact]
    public void Memory_that_is_not_shared_out_by_address_is_caught()
    {
        EndpointOptions broken = EightMebibytes with { MaxBufferedBytesPerAddress = long.MaxValue };
        long alone = TransferTime(broken, resting: 0, out _);

        long beside = TransferTime(broken, Resting, out _);

        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => CheckUndisturbed(alone, beside));
    }

    [Fact]
    public void When_all_memory_is_lent_those_go_that_rest_on_it_and_nobody_else()
    {
        // From an address each: no share is exceeded.
        var crowd = new Crowd(EightMebibytes with { MaxBufferedBytesPerAddress = long.MaxValue });
        ArqConnection honest = Open(crowd, crowd.AddClient(Honest));
        Open(crowd, crowd.AddClient(Idle));
        for (int index = 0; index < Resting; index++)
        {
            Rest(crowd, crowd.AddClient((byte)(1 + index)));
        }

        crowd.AfterStep = () => Talk(honest, crowd);
        crowd.RunFor(20 * Second);

        Assert.NotEmpty(crowd.Broken);
        Assert.All(crowd.Broken, static gone => Assert.Equal(ArqCloseCode.Overloaded, gone.CloseCode));
        Assert.Equal(ConnectionState.Open, crowd.PeerOf(Honest).State);
        Assert.Equal(ConnectionState.Open, crowd.PeerOf(Idle).State);
        Assert.False(crowd.Server.Chunks.IsShort);

        // No more than needed.
        Assert.True(crowd.Accepted.Count > Resting / 2, $"{crowd.Accepted.Count} are left.");
    }

    [Fact]
    public void Who_gets_on_slowly_while_memory_is_short_stays()
    {
        const int PaceBytes = 16;
        var crowd = new Crowd(new EndpointOptions { MaxBufferedBytes = 1 << 20 });
        for (int index = 0; index < Resting; index++)
        {
            Rest(crowd, crowd.AddClient((byte)(1 + index)));
        }

        // 16 bytes a millisecond: what a connection holds in sixteen seconds.
        byte[] room = new byte[PaceBytes];
        int shortSteps = 0;
        crowd.AfterStep = () =>
        {
            shortSteps += crowd.Server.Chunks.IsShort ? 1 : 0;
            crowd.Accepted.ForEach(connection => connection.Read(room, crowd.Now));
        };
        crowd.RunFor(20 * Second);

        Assert.Empty(crowd.Broken);
        Assert.InRange(shortSteps, 10_000, 20_000);
    }

    [Fact]
    public void At_the_bound_of_a_budget_a_connection_holds_two_chunks_at_most()
    {
        const long Bound = 4 << 20;
        var budget = new ReceiveBudget(Bound, Bound);
        var crowd = new Crowd(new EndpointOptions { Budget = budget });
        for (int index = 0; index < 5 * Resting; index++)
        {
            Rest(crowd, crowd.AddClient((byte)(1 + index)));
        }

        crowd.AfterStep = () => budget.Decide(TimeSpan.FromTicks(crowd.Now / 100));
        crowd.RunFor(5 * Second);

        Assert.Equal(5 * Resting, crowd.Accepted.Count);
        Assert.InRange(crowd.Server.Chunks.LentBytes, Bound, Bound + (5L * Resting * 2 * ChunkPool.ChunkSize));
    }

    [Fact]
    public void A_budget_knows_all_that_a_connection_holds_but_a_chunk()
    {
        var budget = new ReceiveBudget(1 << 30, 1 << 30);
        var pool = new ChunkPool(pooledBytes: 0);
        for (int connection = 0; connection < 100; connection++)
        {
            ChunkPool part = pool.Share(budget.Open(default));
            for (int chunk = 0; chunk < 4; chunk++)
            {
                part.Rent();
            }
        }

        Assert.InRange(budget.Total.HeldBytes, 300 * ChunkPool.ChunkSize, 400 * ChunkPool.ChunkSize);
    }

    private static void CheckUndisturbed(long aloneNs, long besideNs) => Assert.InRange(besideNs, 1, aloneNs * 5 / 4);

    /// <summary>How long an honest client takes to send through some loss, beside connections of one address that the server does not
    /// read.</summary>
    private static long TransferTime(EndpointOptions options, int resting, out Crowd crowd)
    {
        var scene = new Crowd(options);
        ArqEndpoint hostile = scene.AddClient(1);
        for (int index = 0; index < resting; index++)
        {
            Rest(scene, hostile);
        }

        scene.RunFor(2 * Second);
        ArqConnection honest = Open(scene, scene.AddClient(Honest, loss: 0.02));
        byte[] bytes = new byte[TransferBytes];
        byte[] room = new byte[64 << 10];
        int written = 0;
        long read = 0;
        long start = scene.Now;
        scene.AfterStep = () =>
        {
            written += honest.Write(bytes.AsSpan(written), scene.Now);
            honest.Flush(scene.Now);
            for (int count = 1; count > 0; read += Math.Max(0, count))
            {
                count = scene.PeerOf(Honest).Read(room, scene.Now);
            }
        };
        scene.RunUntil(() => read == TransferBytes);
        crowd = scene;
        return scene.Now - start;
    }

    private static ArqConnection Open(Crowd crowd, ArqEndpoint client)
    {
        ArqConnection connection = crowd.Connect(client);
        crowd.RunUntil(() => connection.State == ConnectionState.Open);
        return connection;
    }

    // Sends all that the first credit allows, and nobody reads it.
    private static void Rest(Crowd crowd, ArqEndpoint client)
    {
        ArqConnection connection = Open(crowd, client);
        connection.Write(new byte[256 << 10], crowd.Now);
        connection.Flush(crowd.Now);
    }

    private static void Talk(ArqConnection writer, Crowd crowd)
    {
        Span<byte> room = stackalloc byte[1_000];
        writer.Write(room, crowd.Now);
        writer.Flush(crowd.Now);
        crowd.PeerOf(Honest).Read(room, crowd.Now);
    }
}

using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>A running transfer allocates nothing for a packet inside the engine.</summary>
public sealed class AllocationTests
{
    // A bounded table may still reach a new maximum by a rare run of losses, and on a busy machine 11,896 bytes were seen once that no run alone
    // shows. Anything for each packet would be twice this bound at least.
    private const long MostBytes = 24 * 1024;

    [Theory]
    [InlineData(ArqMode.SelectiveRepeat, false)]
    [InlineData(ArqMode.SelectiveRepeat, true)]
    [InlineData(ArqMode.GoBackN, false)]
    [InlineData(ArqMode.StopAndWait, false)]
    public void A_steady_transfer_with_loss_allocates_nothing_for_a_packet(ArqMode mode, bool hasFrameTimers)
    {
        CongestionProfile profile = hasFrameTimers ? CongestionProfile.Lab : CongestionProfile.Internet;
        MeteredSeam? client = null;
        MeteredSeam? server = null;
        var link = new LinkOptions { BitsPerSecond = 50_000_000, DelayNanoseconds = 5_000_000, Loss = 0.02 };
        var runner = new ScenarioRunner(
            new Scenario
            {
                Seed = 27,
                KeepsLedger = false,
                Options = new ConnectionOptions
                {
                    Mode = mode,
                    FrameTimers = hasFrameTimers,
                    Congestion = profile,
                    PeerCongestion = profile,
                    FrameSize = 1000,
                    WindowFrames = 64,
                    MtuProbing = false,
                    SendBufferBytes = 1 << 20,
                },
                ToServer = link,
                ToClient = link,
                Client = new ApplicationScript { Bytes = long.MaxValue / 2, Finishes = false, WriteChunk = 8192 },
            },
            e => client = new MeteredSeam(e),
            e => server = new MeteredSeam(e));
        runner.World.Observer = null;
        runner.Connect();
        runner.World.RunTo(20_000_000_000);
        long before = client!.AllocatedBytes + server!.AllocatedBytes;
        long received = runner.ServerApplication!.Received;
        runner.World.RunTo(40_000_000_000);
        Assert.True(runner.ServerApplication.Received > received);
        Assert.InRange(client.AllocatedBytes + server.AllocatedBytes - before, 0, MostBytes);
    }

    private sealed class MeteredSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
    {
        public long AllocatedBytes { get; private set; }

        public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            base.OnDatagram(path, buffer, segmentSize, nowNs);
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        public override void OnTimer(long nowNs)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            base.OnTimer(nowNs);
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool any = base.TryGetTransmit(buffer, nowNs, out transmit);
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
            return any;
        }
    }
}

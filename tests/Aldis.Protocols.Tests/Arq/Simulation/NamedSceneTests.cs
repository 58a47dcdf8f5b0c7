using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Failures that other implementations had, each as the scene in which they had it.</summary>
public sealed class NamedSceneTests(ITestOutputHelper output)
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1_000 * Millisecond;
    private const double MostStepsPerPacket = 100;

    /// <summary>kcp-go #338: at 200 ms with 18,000 packets in flight the acknowledgement path became slower with every packet and
    /// collapsed.</summary>
    [Fact]
    public void Eighteen_thousand_packets_in_flight_over_200_milliseconds_are_stable()
    {
        const int Frames = 60_000;
        LinkOptions link = Link(1_000_000_000, 100 * Millisecond) with { Loss = 0.01 };
        var runner = new ScenarioRunner(new Scenario
        {
            Seed = 338,
            Options = ConnectionOptions.SelectiveRepeat(1000, 20_000) with { InitialWindowBytes = 64 << 20 },
            ToServer = link,
            ToClient = Link(1_000_000_000, 100 * Millisecond),
            Client = new ApplicationScript { Bytes = Frames * 1000L },
        });
        runner.World.Observer = null; // the checkers' own sets would cost more than the engine
        RunResult result = runner.Run();
        Assert.True(result.AllClosed);
        Assert.True(result.EndNs < 4 * Second, $"{result.EndNs / 1e9} s");
        long resent = result.Counts.Of(TraceEventKind.FrameRetransmitted);
        Assert.InRange(resent, 0.5 * 0.01 * Frames, 1.5 * 0.01 * Frames);
        Assert.True(result.Steps < 4L * Frames, $"{result.Steps} steps for {Frames} frames");

        ArqConnection sender = runner.ClientApplication.Connection!;
        ArqConnection receiver = runner.ServerApplication!.Connection!;
        double sending = (double)sender.Established!.Strategy.Steps / sender.Stats.PacketsSent;
        double receiving = (double)(receiver.Established!.Receive.Steps + receiver.Established.Acks.Steps) / receiver.Stats.DataReceived;
        output.WriteLine($"{sending:F1} steps of the sender and {receiving:F1} of the receiver for each packet");
        Assert.InRange(sending, 1, MostStepsPerPacket);
        Assert.InRange(receiving, 1, MostStepsPerPacket);
    }

    /// <summary>nginx #1407: the packet that opened the window again was lost, and nobody asked.</summary>
    [Theory]
    [InlineData(ArqMode.SelectiveRepeat)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.StopAndWait)]
    public void A_lost_window_update_is_asked_for(ArqMode mode)
    {
        RunResult result = new ScenarioRunner(new Scenario
        {
            Seed = 1407,
            Options = new ConnectionOptions
            {
                Mode = mode,
                FrameSize = 1000,
                WindowFrames = 64,
                InitialWindowBytes = 16 << 10,
                MaxWindowBytes = 16 << 10,
                IdleTimeoutNs = 60 * Second,
            },
            ToServer = Link(10_000_000, 10 * Millisecond),
            ToClient = Link(10_000_000, 10 * Millisecond) with { Blackholes = [new(1900 * Millisecond, 2500 * Millisecond)] },
            Client = new ApplicationScript { Bytes = 100_000 },
            Server = new ApplicationScript { FirstReadNs = 2 * Second },
        }).Run();
        Assert.True(result.AllClosed);
        Assert.True(result.EndNs < 12 * Second, $"{result.EndNs / 1e9} s");
    }

    /// <summary>ngtcp2 #407: a lost probe for a larger datagram stayed in flight for ever and froze a small congestion window.</summary>
    [Theory]
    [InlineData(CongestionProfile.Internet)]
    [InlineData(CongestionProfile.Lossy)]
    internal void Lost_datagram_size_probes_do_not_freeze_the_transfer(CongestionProfile profile)
    {
        RunResult result = new ScenarioRunner(new Scenario
        {
            Seed = 407,
            Options = new ConnectionOptions { Congestion = profile, MtuProbing = true, MaxDatagramSize = 9000 },
            ToServer = Link(10_000_000, 20 * Millisecond) with { MaximumDatagramBytes = 1250 },
            ToClient = Link(10_000_000, 20 * Millisecond) with { MaximumDatagramBytes = 1250 },
            Client = new ApplicationScript { Bytes = 2_000_000 },
        }).Run();
        Assert.True(result.AllClosed);
        Assert.True(result.EndNs < 5 * Second, $"{result.EndNs / 1e9} s"); // 1.7 s at the link's rate
    }

    /// <summary>erlang_quic #254: an uncapped probe time-out made one transfer in a hundred stall at 30 % loss.</summary>
    [Fact]
    public void Three_hundred_transfers_at_30_percent_loss_all_finish_soon()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            RunResult result = new ScenarioRunner(new Scenario
            {
                Seed = seed,
                Options = new ConnectionOptions { MtuProbing = false },
                ToServer = Link(10_000_000, 25 * Millisecond) with { Loss = 0.3 },
                ToClient = Link(10_000_000, 25 * Millisecond) with { Loss = 0.3 },
                Client = new ApplicationScript { Bytes = 20_000 },
                Server = new ApplicationScript { Bytes = 20_000 },
            }).Run();
            Assert.True(result.EndNs < 60 * Second, $"seed {seed}: {result.EndNs / 1e9} s");
        }
    }

    [Fact]
    public void An_idle_connection_is_silent()
    {
        IdleScene.Run(ConnectionOptions.SelectiveRepeat(1000, 16));
        IdleScene.Run(ConnectionOptions.GoBackN(1000, 16));
        IdleScene.Run(ConnectionOptions.StopAndWait(1000));
        IdleScene.Run(new ConnectionOptions());
    }

    [Theory]
    [InlineData(ArqMode.SelectiveRepeat)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.StopAndWait)]
    public void A_clock_that_jumps_costs_no_data_and_causes_no_flood(ArqMode mode)
    {
        var runner = new ScenarioRunner(new Scenario
        {
            Seed = 29,
            Options = new ConnectionOptions { Mode = mode, FrameSize = 1000, WindowFrames = 32, MtuProbing = false },
            ToServer = Link(10_000_000, 10 * Millisecond) with { Loss = 0.05 },
            ToClient = Link(10_000_000, 10 * Millisecond),
            Client = new ApplicationScript { Bytes = 500_000 },
        });
        runner.Guarded(() =>
        {
            runner.Connect();
            runner.World.RunTo(200 * Millisecond);
            runner.World.Sleep(20 * Second);
            long sent = runner.Client.DatagramsSent;
            runner.Client.OnTimer();
            Assert.InRange(runner.Client.DatagramsSent - sent, 0, mode == ArqMode.GoBackN ? 32 : 4);
            Assert.True(runner.World.Run(
                () => runner.ClientApplication.IsOver && runner.ServerApplication is { IsOver: true }, 120 * Second));
        });
        Assert.True(runner.ClientApplication.IsClosed && runner.ServerApplication!.IsClosed);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(7, 7)]
    public void Go_back_n_goes_back_once_for_each_lost_frame(int losses, int rewinds)
    {
        var dropped = new HashSet<long>(Enumerable.Range(1, losses).Select(i => 200L * i));
        var runner = new ScenarioRunner(new Scenario
        {
            Seed = 12,
            Options = ConnectionOptions.GoBackN(1000, 32) with
            {
                RejectRewinds = true,
                Retransmission = RetransmissionPolicy.Constant(200 * Millisecond),
            },
            ToServer = Link(10_000_000, 5 * Millisecond) with { DroppedDatagrams = dropped },
            ToClient = Link(10_000_000, 5 * Millisecond),
            Client = new ApplicationScript { Bytes = 2_000_000 },
        });
        runner.Run();
        Assert.Equal(rewinds, runner.ClientApplication.Connection!.Stats.Rewinds);
    }

    [Fact]
    public void Batches_change_nothing_that_is_delivered()
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            Scenario scenario = Scenario.FromSeed(seed);
            Assert.True(new ScenarioRunner(scenario with { MaxSegments = 1, BatchesReceives = false }).Run().AllClosed);
            Assert.True(new ScenarioRunner(scenario with { MaxSegments = 64, BatchesReceives = true }).Run().AllClosed);
        }
    }

    private static LinkOptions Link(long rate, long delay) => new() { BitsPerSecond = rate, DelayNanoseconds = delay, OverheadBytes = 28 };
}

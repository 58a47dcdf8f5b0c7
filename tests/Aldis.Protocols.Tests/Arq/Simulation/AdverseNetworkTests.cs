using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Networks and machines worse than a link that loses: datagrams joined from two, a path that narrows or widens, a clock that
/// stands still.</summary>
public sealed class AdverseNetworkTests
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1_000 * Millisecond;

    [Theory]
    [InlineData(ArqMode.SelectiveRepeat, 0)]
    [InlineData(ArqMode.SelectiveRepeat, 1000)]
    [InlineData(ArqMode.GoBackN, 1000)]
    [InlineData(ArqMode.StopAndWait, 1000)]
    public void Datagrams_joined_from_two_or_extended_change_no_byte(ArqMode mode, int frameSize)
    {
        SplicingSeam? client = null;
        SplicingSeam? server = null;
        for (ulong seed = 0; seed < 10; seed++)
        {
            var runner = new ScenarioRunner(
                new Scenario
                {
                    Seed = seed,
                    Options = new ConnectionOptions { Mode = mode, FrameSize = frameSize, WindowFrames = 32, MtuProbing = false },
                    ToServer = Link(0),
                    ToClient = Link(0),
                    Client = new ApplicationScript { Bytes = 200_000 },
                    Server = new ApplicationScript { Bytes = 50_000 },
                },
                e => client = new SplicingSeam(e, 0.2, seed),
                e => server = new SplicingSeam(e, 0.2, seed + 100));
            runner.World.Observer = null; // it sees datagrams as they were before the splice; the applications compare every byte
            runner.Connect();
            Assert.True(runner.World.Run(() => IsOver(runner), 300 * Second), $"seed {seed}");
            Assert.Equal(200_000, runner.ServerApplication!.Received);
            Assert.Equal(50_000, runner.ClientApplication.Received);
            Assert.True(client!.Spliced > 0 && client.Extended > 0 && server!.Spliced > 0 && server.Extended > 0);
            Assert.True(client.Endpoint.Stats.Corrupt + server.Endpoint.Stats.Corrupt > 0);
        }
    }

    [Theory]
    [InlineData(CongestionProfile.Internet)]
    [InlineData(CongestionProfile.Lossy)]
    internal void A_path_that_narrows_is_noticed_and_the_transfer_goes_on(CongestionProfile profile)
    {
        ScenarioRunner runner = AcrossPath(profile, 0);
        runner.World.RunTo(2 * Second);
        Assert.True(runner.ClientApplication.Connection!.Stats.DatagramSize > 1400);
        ChangePath(runner, 1250);
        Assert.True(runner.World.Run(() => IsOver(runner), 60 * Second));
        Assert.True(runner.ClientApplication.IsClosed && runner.ServerApplication!.IsClosed);
        Assert.Equal(1200, runner.ClientApplication.Connection.Stats.DatagramSize);
    }

    /// <summary>The search for the size ended at the narrow path; no later probe is part of version 1 (docs/arq.md section 7.8).</summary>
    [Fact]
    public void A_path_that_widens_changes_nothing()
    {
        ScenarioRunner runner = AcrossPath(CongestionProfile.Internet, 1250);
        runner.World.RunTo(2 * Second);
        Assert.Equal(1200, runner.ClientApplication.Connection!.Stats.DatagramSize);
        ChangePath(runner, 0);
        Assert.True(runner.World.Run(() => IsOver(runner), 60 * Second));
        Assert.Equal(1200, runner.ClientApplication.Connection.Stats.DatagramSize);
    }

    [Theory]
    [InlineData(ArqMode.SelectiveRepeat, true)]
    [InlineData(ArqMode.SelectiveRepeat, false)]
    [InlineData(ArqMode.GoBackN, true)]
    [InlineData(ArqMode.GoBackN, false)]
    [InlineData(ArqMode.StopAndWait, true)]
    [InlineData(ArqMode.StopAndWait, false)]
    public void A_clock_that_stands_still_costs_no_data(ArqMode mode, bool freezesClient)
    {
        EndpointSeam Freeze(ArqEndpoint e) => new FrozenClockSeam(e, 200 * Millisecond, 10 * Second);
        var runner = new ScenarioRunner(
            new Scenario
            {
                Seed = 29,
                Options = new ConnectionOptions { Mode = mode, FrameSize = 1000, WindowFrames = 32, MtuProbing = false },
                ToServer = Link(0) with { Loss = 0.05 },
                ToClient = Link(0) with { Loss = 0.05 },
                Client = new ApplicationScript { Bytes = 500_000 },
            },
            freezesClient ? Freeze : null,
            freezesClient ? null : Freeze);
        runner.World.Observer = null; // a clock that stands still measures round trips that no path can have
        runner.Connect();
        Assert.True(runner.World.Run(() => IsOver(runner), 200 * Second));
        Assert.True(runner.ClientApplication.IsClosed && runner.ServerApplication!.IsClosed);
        Assert.Equal(500_000, runner.ServerApplication.Received);
    }

    private static bool IsOver(ScenarioRunner runner) => runner.ClientApplication.IsOver && runner.ServerApplication is { IsOver: true };

    private static ScenarioRunner AcrossPath(CongestionProfile profile, int maximumDatagramBytes)
    {
        LinkOptions link = Link(maximumDatagramBytes);
        var runner = new ScenarioRunner(new Scenario
        {
            Seed = 1200,
            Options = new ConnectionOptions { Congestion = profile, PeerCongestion = profile },
            ToServer = link,
            ToClient = link,
            Client = new ApplicationScript { Bytes = 10_000_000 },
        });
        runner.Connect();
        return runner;
    }

    private static void ChangePath(ScenarioRunner runner, int maximumDatagramBytes)
    {
        LinkOptions link = Link(maximumDatagramBytes);
        runner.World.Join(runner.Client, runner.Server, new ImpairedLink(link, 1), new ImpairedLink(link, 2));
    }

    private static LinkOptions Link(int maximumDatagramBytes) => new()
    {
        BitsPerSecond = 10_000_000,
        DelayNanoseconds = 10 * Millisecond,
        OverheadBytes = 28,
        QueueBytes = 50_000,
        MaximumDatagramBytes = maximumDatagramBytes,
    };
}

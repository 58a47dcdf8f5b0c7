using Aldis.Protocols.Arq;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>A connection over which everything was said but which stays open: after a while for last acknowledgements nothing is
/// sent.</summary>
internal static class IdleScene
{
    private const long Second = 1_000_000_000;

    public static void Run(ConnectionOptions options, Func<ArqEndpoint, EndpointSeam>? breakClient = null)
    {
        var runner = new ScenarioRunner(
            new Scenario
            {
                Seed = 1,
                Options = options,
                ToServer = new() { DelayNanoseconds = 10_000_000 },
                ToClient = new() { DelayNanoseconds = 10_000_000 },
                Client = new ApplicationScript { Bytes = 10_000, Finishes = false, Flushes = true },
                Server = new ApplicationScript { Bytes = 5_000, Finishes = false, Flushes = true },
            },
            breakClient);
        runner.Guarded(() =>
        {
            runner.Connect();
            runner.World.RunTo(5 * Second);
            long sent = runner.Client.DatagramsSent + runner.Server.DatagramsSent;
            runner.World.RunTo(25 * Second);
            long more = runner.Client.DatagramsSent + runner.Server.DatagramsSent - sent;
            bool allArrived = runner.ServerApplication?.Received == 10_000 && runner.ClientApplication.Received == 5_000;
            if (more != 0 || !allArrived)
            {
                throw new PropertyViolationException(
                    Property.SilenceWhenIdle, $"{more} datagrams while nothing was to be said, all arrived: {allArrived}");
            }
        });
    }
}

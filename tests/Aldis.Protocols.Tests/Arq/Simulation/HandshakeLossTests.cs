using Aldis.Protocols.Arq;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Opening a connection over bad links.</summary>
public sealed class HandshakeLossTests(ITestOutputHelper output)
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(0, 0.999)]
    [InlineData(3, 0.995)]
    public void Connections_come_about_at_30_percent_loss(int burst, double share)
    {
        const int Attempts = 1000;
        int connected = 0;
        for (ulong seed = 0; seed < Attempts; seed++)
        {
            LinkOptions link = Delayed() with
            {
                Loss = burst == 0 ? 0.3 : 0,
                BurstLoss = burst == 0 ? null : GilbertElliottLoss.Bursts(0.3, burst),
            };
            var runner = new ScenarioRunner(Quiet(seed) with { ToServer = link, ToClient = link });
            runner.Guarded(() =>
            {
                runner.Connect();
                runner.World.Run(
                    () => runner.ClientApplication.Connection!.State is ConnectionState.Open or ConnectionState.Reset, 30 * Second);
            });
            connected += runner.ClientApplication.Connection!.State == ConnectionState.Open ? 1 : 0;
        }

        output.WriteLine($"{connected} of {Attempts}");
        Assert.True(connected >= share * Attempts, $"{connected} of {Attempts}");
    }

    private static Scenario Quiet(ulong seed) => new()
    {
        Seed = seed,
        Options = new ConnectionOptions { MtuProbing = false },
        ToServer = Delayed(),
        ToClient = Delayed(),
        Client = new ApplicationScript { Bytes = 3000, Finishes = false, Flushes = true },
        Server = new ApplicationScript { Bytes = 3000, Finishes = false, Flushes = true },
    };

    private static LinkOptions Delayed() => new() { DelayNanoseconds = 10_000_000 };
}

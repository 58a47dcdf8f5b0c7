using System.Globalization;
using System.Security.Cryptography;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>An acknowledgement means stored: shown with a server that is killed, and with one that lies.</summary>
public sealed class KillProofTests : IDisposable
{
    private const int DefaultKills = 5;

    // About every third run of five kills meets the moment between an acknowledgement and its write.
    private const int MostKillsUntilCaught = 200;

    private readonly string _data = Directory.CreateTempSubdirectory("aldis-kill-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task What_is_acknowledged_survives_every_kill_and_native_messages_are_there_exactly_once_in_order()
    {
        int kills = Setting("ALDIS_KILLS") ?? DefaultKills;
        ProofResult result = await RunAsync(_data, kills, Environment.GetEnvironmentVariable("ALDIS_LEVEL") ?? "durable");
        TestContext.Current.TestOutputHelper!.WriteLine(result.ToString());
        Assert.True(result.Holds, result.ToString());
        Assert.True(result.Acknowledged > 0 && result.Stored >= result.Acknowledged, result.ToString());
    }

    [Fact]
    public async Task A_server_that_acknowledges_before_it_writes_is_caught()
    {
        int kills = 0;
        for (int run = 0; kills < MostKillsUntilCaught; run++)
        {
            ProofResult result = await RunAsync(Path.Combine(_data, $"{run}"), DefaultKills, "received");
            TestContext.Current.TestOutputHelper!.WriteLine(result.ToString());
            kills += result.Kills;
            if (result.Lost > 0)
            {
                return;
            }
        }

        Assert.Fail($"{kills} kills of a server that acknowledges before it writes showed no loss.");
    }

    private static async Task<ProofResult> RunAsync(string data, int kills, string level)
    {
        int seed = Setting("ALDIS_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2) + (TimeSpan.FromSeconds(15) * kills));
        try
        {
            return await new KillProofRun(data, seed, level).RunAsync(kills, patience.Token);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"The proof with seed {seed} did not come to its end.", exception);
        }
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

using System.Globalization;

namespace Aldis.Services.Tests.Messages;

/// <summary>A client that is killed at any instant and run again with the same input loses nothing and doubles nothing.</summary>
public sealed class OutboxCrashTests
{
    private static readonly int Runs =
        int.Parse(Environment.GetEnvironmentVariable("ALDIS_OUTBOX_RUNS") ?? "500", CultureInfo.InvariantCulture);

    [Fact]
    public void Every_line_arrives_once_and_in_order_however_often_the_client_is_killed()
    {
        for (int seed = 1; seed <= Runs; seed++)
        {
            string? broken = new OutboxRun(seed).Run();
            Assert.True(broken is null, $"seed {seed}: {broken}");
        }
    }

    [Fact]
    public void An_outbox_that_does_not_sync_is_caught() =>
        Assert.Contains(Enumerable.Range(1, 100), seed => new OutboxRun(seed, ignoresSync: true).Run() is not null);

    [Fact]
    public void A_client_that_sends_before_its_numbering_is_safe_is_caught() =>
        Assert.Contains(Enumerable.Range(1, 100), seed => new OutboxRun(seed, sendsBeforeSync: true).Run() is not null);
}

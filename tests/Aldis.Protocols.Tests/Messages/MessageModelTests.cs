using System.Globalization;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>Both machines against each other in a world that loses connections, clients and servers.</summary>
public sealed class MessageModelTests
{
    private static readonly int Runs =
        int.Parse(Environment.GetEnvironmentVariable("ALDIS_MODEL_RUNS") ?? "1000", CultureInfo.InvariantCulture);

    [Fact]
    public void Every_message_is_stored_exactly_once_and_in_order_and_no_acknowledgement_is_a_lie()
    {
        for (int seed = 1; seed <= Runs; seed++)
        {
            LossyWorld.Run(seed);
        }
    }

    [Fact]
    public void A_fresh_seed_keeps_the_promises_too()
    {
        int seed = Random.Shared.Next();
        LossyWorld.Run(seed);
    }

    [Theory]
    [InlineData(nameof(WorldDefect.AcknowledgesBeforeCommit))]
    [InlineData(nameof(WorldDefect.SendsBeforePersisting))]
    [InlineData(nameof(WorldDefect.AnswersNewerConnectionAtOnce))]
    [InlineData(nameof(WorldDefect.ForgetsState))]
    public void A_broken_implementation_is_caught(string defect)
    {
        WorldDefect broken = Enum.Parse<WorldDefect>(defect);

        Assert.ThrowsAny<InvalidOperationException>(() =>
        {
            for (int seed = 1; seed <= 200; seed++)
            {
                LossyWorld.Run(seed, broken);
            }
        });
    }
}

using System.Globalization;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>Both machines against each other in a world that loses connections, clients and servers.</summary>
public sealed class MessageModelTests
{
    private const int RunsUntilCaught = 1000;

    private static readonly int Runs =
        int.Parse(Environment.GetEnvironmentVariable("ALDIS_MODEL_RUNS") ?? "1000", CultureInfo.InvariantCulture);

    [Fact]
    public void Alone_under_its_id_a_sender_is_told_no_conflict_and_each_message_is_stored_once_in_order_and_no_acknowledgement_is_a_lie()
    {
        for (int seed = 1; seed <= Runs; seed++)
        {
            LossyWorld.Run(seed);
        }
    }

    [Fact]
    public void Whatever_two_senders_under_one_id_do_what_was_reported_acknowledged_is_stored_with_these_bytes()
    {
        HashSet<SenderEnd> ends = [];
        for (int seed = 1; seed <= Runs; seed++)
        {
            LossyWorld.RunTwo(seed, ends);
        }

        Assert.Superset(
            new HashSet<SenderEnd> { SenderEnd.Completed, SenderEnd.Conflict, SenderEnd.Forgotten, SenderEnd.Superseded }, ends);
    }

    [Fact]
    public void A_fresh_seed_keeps_the_promises_too()
    {
        int seed = Random.Shared.Next();
        LossyWorld.Run(seed);
        LossyWorld.RunTwo(seed, new HashSet<SenderEnd>());
    }

    [Theory]
    [InlineData(nameof(WorldDefect.AcknowledgesBeforeCommit))]
    [InlineData(nameof(WorldDefect.SendsBeforePersisting))]
    [InlineData(nameof(WorldDefect.SaysGoodbyeBeforePersisting))]
    [InlineData(nameof(WorldDefect.AnswersNewerConnectionAtOnce))]
    [InlineData(nameof(WorldDefect.ForgetsState))]
    [InlineData(nameof(WorldDefect.AppliesLimitToRepeats))]
    [InlineData(nameof(WorldDefect.ForgetsWithinWindow))]
    [InlineData(nameof(WorldDefect.ForgetsWhenWindowShrinks))]
    public void A_broken_implementation_is_caught(string defect)
    {
        WorldDefect broken = Enum.Parse<WorldDefect>(defect);

        Assert.ThrowsAny<InvalidOperationException>(() =>
        {
            for (int seed = 1; seed <= RunsUntilCaught; seed++)
            {
                LossyWorld.Run(seed, broken);
            }
        });
    }

    [Theory]
    [InlineData(nameof(WorldDefect.BelievesLast))]
    [InlineData(nameof(WorldDefect.AnswersWithoutComparing))]
    public void An_implementation_that_believes_a_second_sender_of_the_id_is_caught(string defect)
    {
        WorldDefect broken = Enum.Parse<WorldDefect>(defect);

        InvalidOperationException caught = Assert.ThrowsAny<InvalidOperationException>(() =>
        {
            for (int seed = 1; seed <= RunsUntilCaught; seed++)
            {
                LossyWorld.RunTwo(seed, new HashSet<SenderEnd>(), broken);
            }
        });
        Assert.Contains("an acknowledgement is never a lie", caught.Message, StringComparison.Ordinal);
    }
}

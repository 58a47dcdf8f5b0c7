using System.Globalization;

namespace Aldis.Protocols.Tests.Files;

/// <summary>Source and receiver against each other in a world that cuts, corrupts, crashes and changes files.</summary>
public sealed class TransferModelTests
{
    private const int RunsUntilCaught = 3000;

    private static readonly int Runs =
        int.Parse(Environment.GetEnvironmentVariable("ALDIS_MODEL_RUNS") ?? "4000", CultureInfo.InvariantCulture);

    [Fact]
    public void What_is_confirmed_is_stored_once_as_it_was_sent_and_what_was_verified_is_not_sent_again()
    {
        for (int seed = 1; seed <= Runs; seed++)
        {
            TransferWorld.Run(seed);
        }
    }

    [Fact]
    public void A_fresh_seed_keeps_the_promises_too() => TransferWorld.Run(Random.Shared.Next());

    [Theory]
    [InlineData(nameof(TransferDefect.ConfirmsBeforeStored))]
    [InlineData(nameof(TransferDefect.NotesBeforeSync))]
    [InlineData(nameof(TransferDefect.BelievesDigest))]
    [InlineData(nameof(TransferDefect.DoesNotLookForChanges))]
    [InlineData(nameof(TransferDefect.ResumesOtherState))]
    [InlineData(nameof(TransferDefect.ForgetsWhatWasStored))]
    public void A_broken_implementation_is_caught(string defect)
    {
        TransferDefect broken = Enum.Parse<TransferDefect>(defect);

        Assert.ThrowsAny<InvalidOperationException>(() =>
        {
            for (int seed = 1; seed <= RunsUntilCaught; seed++)
            {
                TransferWorld.Run(seed, broken);
            }
        });
    }
}

using System.Globalization;

namespace Aldis.Journal.Tests.Embedded;

public sealed class JournalFaultTests
{
    private const int SeedsPerBlock = 1000;

    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, 10)];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void No_fault_and_no_crash_loses_or_doubles_what_was_acknowledged(int block)
    {
        long acknowledged = 0;
        for (int seed = block * SeedsPerBlock; seed < (block + 1) * SeedsPerBlock; seed++)
        {
            var model = new JournalModel(seed);
            string? violation = model.Run();
            Assert.True(violation is null, string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {violation}"));
            acknowledged += model.Acknowledged;
        }

        // The runs mean something only if most of them get to acknowledge a good deal.
        Assert.True(acknowledged > SeedsPerBlock * 20, $"only {acknowledged} acknowledged");
    }

    [Fact]
    public void A_journal_whose_syncs_do_nothing_is_seen_to_lose_messages()
    {
        int losses = Enumerable.Range(0, 200).Count(seed => new JournalModel(seed, ignoresSync: true).Run() is not null);
        Assert.True(losses > 50, $"{losses} of 200 runs lost something");
    }
}

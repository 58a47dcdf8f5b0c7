using System.Globalization;

namespace Aldis.Journal.Tests.Embedded;

public sealed class ForgetSimulationTests
{
    private const int Seeds = 1000;

    [Fact]
    public void Without_the_option_no_fault_and_no_crash_makes_the_journal_forget_a_client()
    {
        (string? violation, int forgotten, long acknowledged) = Run(null);
        Assert.Null(violation);
        Assert.Equal(0, forgotten);
        Assert.True(acknowledged > Seeds * 50, $"only {acknowledged} acknowledged");
    }

    [Fact]
    public void With_it_nobody_is_forgotten_early_nothing_is_stored_twice_within_the_age_and_the_journal_stays_sound()
    {
        (string? violation, int forgotten, long acknowledged) = Run(ForgetModel.Age);
        Assert.Null(violation);
        Assert.True(forgotten > Seeds, $"only {forgotten} forgotten");
        Assert.True(acknowledged > Seeds * 50, $"only {acknowledged} acknowledged");
    }

    [Fact]
    public void A_journal_that_forgets_too_early_is_seen() =>
        Assert.Matches("was forgotten after|is stored again after", Run(ForgetModel.Age / 2).Violation!);

    private static (string? Violation, int Forgotten, long Acknowledged) Run(TimeSpan? forgetAge)
    {
        int forgotten = 0;
        long acknowledged = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var model = new ForgetModel(seed, forgetAge);
            if (model.Run() is { } violation)
            {
                return (string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {violation}"), forgotten, acknowledged);
            }

            forgotten += model.Forgotten;
            acknowledged += model.Acknowledged;
        }

        return (null, forgotten, acknowledged);
    }
}

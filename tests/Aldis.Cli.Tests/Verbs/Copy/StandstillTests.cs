using Aldis.Cli.Verbs.Copy;

namespace Aldis.Cli.Tests.Verbs.Copy;

/// <summary>Why a copy stands still.</summary>
public sealed class StandstillTests
{
    [Theory]
    [InlineData(0.9, 5, null, false, null)]
    [InlineData(3.2, 5, 1.6, false, "no acknowledgement for 3.2 s, next try in 1.6 s")]
    [InlineData(3.2, 5, null, false, "no acknowledgement for 3.2 s")]
    [InlineData(3.2, 5, -1.0, false, "no acknowledgement for 3.2 s, next try in 0.0 s")]
    [InlineData(3.2, 0, null, true, "all is sent; waiting for its confirmation for 3.2 s")]
    [InlineData(75.0, 0, null, false, "nothing has moved for 1:15")]
    public void A_connection_that_does_not_move_says_what_it_waits_for(
        double silent, long held, double? next, bool isAllSent, string? expected) => Assert.Equal(
        expected,
        Standstill.Of(TimeSpan.FromSeconds(silent), held, next is { } seconds ? TimeSpan.FromSeconds(seconds) : null, isAllSent));

    [Theory]
    [InlineData(12.0, 1.6, "no connection for 12.0 s, next try in 1.6 s")]
    [InlineData(12.0, null, "no connection for 12.0 s, trying")]
    public void Without_a_connection_it_says_when_the_next_is_tried(double absent, double? next, string expected) => Assert.Equal(
        expected,
        Standstill.WithoutConnection(TimeSpan.FromSeconds(absent), next is { } seconds ? TimeSpan.FromSeconds(seconds) : null));
}

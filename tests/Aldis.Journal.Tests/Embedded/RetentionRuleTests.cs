using Aldis.Journal.Embedded;

namespace Aldis.Journal.Tests.Embedded;

public sealed class RetentionRuleTests
{
    private static readonly SegmentInfo[] Segments = [new(1, 100), new(2, 100), new(3, 100)];

    [Theory]
    [InlineData(null, null, "")]
    [InlineData(300L, null, "")]
    [InlineData(299L, null, "Size")]
    [InlineData(100L, null, "Size Size")]
    [InlineData(0L, null, "Size Size")]
    [InlineData(null, 90, "")]
    [InlineData(null, 89, "Age")]
    [InlineData(null, 79, "Age Age")]
    [InlineData(null, 1, "Age Age")]
    [InlineData(299L, 79, "Age Age")]
    [InlineData(100L, 89, "Age Size")]
    public void Segments_go_oldest_first_while_too_large_or_too_old_and_never_the_last(long? bytes, int? ageSeconds, string expired)
    {
        TimeSpan? maxAge = ageSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        List<RetentionReason> found = RetentionRule.FindExpired(
            Segments, bytes, maxAge, static number => TimeSpan.FromSeconds(100 - (10 * number)));
        Assert.Equal(expired, string.Join(' ', found));
    }

    [Fact]
    public void A_limit_of_the_size_asks_for_no_age() => Assert.Equal(
        2, RetentionRule.FindExpired(Segments, 0, null, _ => throw new InvalidOperationException("an age was asked for")).Count);
}
